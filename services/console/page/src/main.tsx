import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/layout.css';
import './styles/tables.css';
import './styles/charts.css';
import './styles/pages.css';
import { App } from './app.tsx';
import { startRouter } from './router.ts';
import { startClock } from './state/clock.ts';
import { startSession } from './state/session.ts';
import { followSystemTheme } from './state/theme.ts';

followSystemTheme();
startRouter();
startClock();
startSession();

const root = document.getElementById('app');
if (root !== null) render(<App />, root);
