import { signal } from '@preact/signals';

export type Route =
  | { page: 'runs'; compare: readonly string[] }
  | { page: 'run'; run: string }
  | { page: 'datasets' }
  | { page: 'dataset'; dataset: string }
  | { page: 'workers' }
  | { page: 'predict'; run: string | undefined }
  | { page: 'unknown' };

/** @param path of the URL, e.g. /runs/cats-1 @param search e.g. ?compare=cats-1,cats-2 */
export function routeOf(path: string, search = ''): Route {
  const [first, name, more] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decode);
  if (more !== undefined) return { page: 'unknown' };
  if (first === undefined) return { page: 'runs', compare: comparedIn(search) };
  if (first === 'runs' && name !== undefined) return { page: 'run', run: name };
  if (first === 'datasets')
    return name === undefined ? { page: 'datasets' } : { page: 'dataset', dataset: name };
  if (first === 'workers' && name === undefined) return { page: 'workers' };
  if (first === 'predict' && name === undefined)
    return { page: 'predict', run: new URLSearchParams(search).get('run') ?? undefined };
  return { page: 'unknown' };
}

function comparedIn(search: string): string[] {
  const names = new URLSearchParams(search).get('compare') ?? '';
  return names.split(',').filter((name) => name !== '');
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const runPath = (run: string): string => `/runs/${encodeURIComponent(run)}`;
export const datasetPath = (dataset: string): string => `/datasets/${encodeURIComponent(dataset)}`;
export const predictPath = (run: string): string => `/predict?run=${encodeURIComponent(run)}`;
export const comparePath = (runs: readonly string[]): string =>
  runs.length === 0 ? '/' : `/?compare=${runs.map(encodeURIComponent).join(',')}`;

export const route = signal<Route>({ page: 'runs', compare: [] });

/** Shows another page. @param options.replace whether Back skips the present one */
export function goTo(path: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', path);
  route.value = here();
}

const here = (): Route => routeOf(location.pathname, location.search);

/** Follows the URL, and opens links to pages without loading the document again. */
export function startRouter(): void {
  route.value = here();
  addEventListener('popstate', () => (route.value = here()));
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || !isPlainClick(event) || !isPage(link)) return;
    event.preventDefault();
    if (link.pathname + link.search !== location.pathname + location.search) {
      goTo(link.pathname + link.search);
      scrollTo(0, 0);
    }
  });
}

const isPlainClick = (event: MouseEvent): boolean =>
  event.button === 0 &&
  !event.defaultPrevented &&
  !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

const isPage = (link: HTMLAnchorElement): boolean =>
  link.origin === location.origin &&
  link.target === '' &&
  link.hash === '' &&
  !link.hasAttribute('download') &&
  !link.pathname.startsWith('/api/');
