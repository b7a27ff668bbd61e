import { expect, it } from 'vitest';
import { Metrics, type MetricTable } from './metrics.ts';

const TABLE = {
  pears_total: { type: 'counter', help: 'pears that were picked', labels: ['tree'] },
  basket_pears: { type: 'gauge', help: 'pears in a basket', labels: ['basket'] },
  picking_seconds: { type: 'histogram', help: 'how long a pear took', labels: [], buckets: [1, 2] },
} as const satisfies MetricTable;

const linesOf = (text: string, name: string): string[] =>
  text.split('\n').filter((line) => line.startsWith(name));

it('counts, sets and observes what its table has', async () => {
  const metrics = new Metrics(TABLE);
  metrics.add('pears_total', 2, { tree: 'a' });
  metrics.add('pears_total', 1, { tree: 'a' });
  metrics.set('basket_pears', 3, { basket: 1 });
  metrics.set('basket_pears', null, { basket: 1 });
  metrics.observe('picking_seconds', 1.5);
  const text = await metrics.format();
  expect(linesOf(text, 'pears_total')).toEqual(['pears_total{tree="a"} 3']);
  expect(linesOf(text, 'basket_pears')).toEqual(['basket_pears{basket="1"} 3']);
  expect(linesOf(text, 'picking_seconds')).toEqual([
    'picking_seconds_bucket{le="1"} 0',
    'picking_seconds_bucket{le="2"} 1',
    'picking_seconds_bucket{le="+Inf"} 1',
    'picking_seconds_sum 1.5',
    'picking_seconds_count 1',
  ]);
  metrics.reset('basket_pears');
  expect(linesOf(await metrics.format(), 'basket_pears')).toEqual([]);
});

it('has memory and event-loop delay of its process, and shares nothing with another', async () => {
  const [one, other] = [new Metrics(TABLE), new Metrics(TABLE)];
  one.add('pears_total', 1, { tree: 'a' });
  const text = await other.format();
  expect(linesOf(text, 'pears_total')).toEqual([]);
  for (const name of ['process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds'])
    expect(linesOf(text, name)).toHaveLength(1);
});
