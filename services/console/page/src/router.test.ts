import { describe, expect, it } from 'vitest';
import { comparePath, predictPath, routeOf, runPath } from './router.ts';

describe('routes', () => {
  it('finds the page of a path', () => {
    expect(routeOf('/')).toEqual({ page: 'runs', compare: [] });
    expect(routeOf('/runs/a%20b')).toEqual({ page: 'run', run: 'a b' });
    expect(routeOf('/datasets')).toEqual({ page: 'datasets' });
    expect(routeOf('/datasets/cats/')).toEqual({ page: 'dataset', dataset: 'cats' });
    expect(routeOf('/workers')).toEqual({ page: 'workers' });
    expect(routeOf('/predict')).toEqual({ page: 'predict', run: undefined });
  });

  it('knows that other paths have no page', () => {
    for (const path of ['/runs', '/runs/a/b', '/workers/1', '/x']) expect(routeOf(path).page).toBe('unknown');
  });

  it('leads back to what a path was made of', () => {
    expect(routeOf(runPath('a/b%'))).toEqual({ page: 'run', run: 'a/b%' });
    const [path = '', search] = comparePath(['a', 'b.1']).split('?');
    expect(routeOf(path, `?${search}`)).toEqual({ page: 'runs', compare: ['a', 'b.1'] });
    expect(comparePath([])).toBe('/');
    const [predict = '', ofRun] = predictPath('a&b').split('?');
    expect(routeOf(predict, `?${ofRun}`)).toEqual({ page: 'predict', run: 'a&b' });
  });
});
