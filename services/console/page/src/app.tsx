import { useEffect, useRef } from 'preact/hooks';
import { connectionLost } from './api/connection.ts';
import { DatasetPage } from './pages/datasets/dataset-page.tsx';
import { DatasetsPage } from './pages/datasets/datasets-page.tsx';
import { PredictPage } from './pages/predict/predict-page.tsx';
import { RunPage } from './pages/run/run-page.tsx';
import { RunsPage } from './pages/runs/runs-page.tsx';
import { WorkersPage } from './pages/workers/workers-page.tsx';
import { route, type Route } from './router.ts';
import { notice } from './state/notices.ts';
import { session } from './state/session.ts';
import { switchTheme, theme } from './state/theme.ts';
import { Empty } from './ui/states.tsx';
import { Prose } from './ui/prose.tsx';
import { PageHead } from './ui/page-head.tsx';

export function App() {
  useFocusOnTitle(route.value.page);
  return (
    <>
      <a class="skip" href="#title">
        Skip to the content
      </a>
      <TopBar page={route.value.page} />
      <div role="status">
        {connectionLost.value && <p class="banner">Connection lost. Trying again …</p>}
        {notice.value !== undefined && (
          <p class="notice">
            <Prose text={notice.value} />
          </p>
        )}
      </div>
      <main>
        <Page route={route.value} />
      </main>
      <Footer />
    </>
  );
}

/** After a change of the page, the keyboard and the screen reader begin at its title. */
function useFocusOnTitle(page: string): void {
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) document.getElementById('title')?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [page]);
}

function Page({ route: shown }: { route: Route }) {
  switch (shown.page) {
    case 'runs':
      return <RunsPage compare={shown.compare} />;
    case 'run':
      return <RunPage key={shown.run} run={shown.run} />;
    case 'datasets':
      return <DatasetsPage />;
    case 'dataset':
      return <DatasetPage key={shown.dataset} name={shown.dataset} />;
    case 'workers':
      return <WorkersPage />;
    case 'predict':
      return <PredictPage run={shown.run} />;
    case 'unknown':
      return (
        <>
          <PageHead title="No such page" />
          <Empty title="Nothing is at this address.">
            <p>
              <a href="/">See all runs</a>
            </p>
          </Empty>
        </>
      );
  }
}

const LINKS = [
  { href: '/', label: 'Runs', pages: ['runs', 'run'] },
  { href: '/datasets', label: 'Datasets', pages: ['datasets', 'dataset'] },
  { href: '/predict', label: 'Predict', pages: ['predict'] },
  { href: '/workers', label: 'Workers', pages: ['workers'] },
];

function TopBar({ page }: { page: Route['page'] }) {
  const other = theme.value === 'dark' ? 'light' : 'dark';
  return (
    <header class="top-bar">
      <a class="brand" href="/" aria-label="alexnet, all runs">
        <img src="/favicon.svg" alt="" width="24" height="24" />
        <span>alexnet</span>
      </a>
      <nav aria-label="Pages">
        {LINKS.map(({ href, label, pages }) => (
          <a key={href} href={href} aria-current={pages.includes(page) ? 'page' : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <button
        type="button"
        class="icon-button"
        aria-label={`Use the ${other} theme`}
        title={`Use the ${other} theme`}
        onClick={switchTheme}
      >
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.6" />
          <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
        </svg>
      </button>
    </header>
  );
}

function Footer() {
  const known = session.value;
  if (known === undefined) return null;
  return (
    <footer class="foot">
      <span>alexnet {known.version}</span>
      <span>Store: {known.store}</span>
      {!known.canChange && (
        <span>
          Read-only: open the link that <code>alexnet up</code> printed to change things.
        </span>
      )}
    </footer>
  );
}
