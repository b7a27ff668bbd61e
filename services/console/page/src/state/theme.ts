import { computed, signal } from '@preact/signals';

export type Theme = 'light' | 'dark';

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const system = signal<Theme>(systemIsDark.matches ? 'dark' : 'light');
/** What was chosen; undefined follows the system. public/theme.js has read it already. */
const chosen = signal<Theme | undefined>(document.documentElement.dataset['theme'] as Theme | undefined);

/** The one that is shown. */
export const theme = computed(() => chosen.value ?? system.value);

export function followSystemTheme(): void {
  systemIsDark.addEventListener('change', ({ matches }) => (system.value = matches ? 'dark' : 'light'));
}

export function switchTheme(): void {
  const other: Theme = theme.value === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset['theme'] = other;
  try {
    localStorage.setItem('theme', other);
  } catch {
    // Storage can be switched off; then the choice lasts as long as the page.
  }
  // Last: charts read their colours from the document when this changes.
  chosen.value = other;
}
