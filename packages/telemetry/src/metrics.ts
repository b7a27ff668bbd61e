import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What a metric is. Names end in the unit, and those of counters in `_total`, as Prometheus asks. */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets. */
  readonly buckets?: readonly number[];
}

export type MetricTable = Readonly<Record<string, MetricDefinition>>;

export type Labels = Readonly<Record<string, string | number>>;

/** The names in a table that are of one type. */
type NamesOf<T extends MetricTable, Type extends MetricDefinition['type']> = {
  [Name in keyof T & string]: T[Name]['type'] extends Type ? Name : never;
}[keyof T & string];

/** Gauges of prom-client with the suffix of counters, which `promtool check metrics` refuses. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/**
 * The metrics of a table, and those of this process: CPU, memory, event-loop delay, garbage collection. Two of them share
 * nothing, so a test can have its own.
 */
export class Metrics<T extends MetricTable> {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor(table: T) {
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
    for (const [name, { type, help, labels, buckets }] of Object.entries(table)) {
      const settings = { name, help, labelNames: [...labels], registers: [this.#registry] };
      if (type === 'counter') this.#counters.set(name, new Counter(settings));
      else if (type === 'gauge') this.#gauges.set(name, new Gauge(settings));
      else
        this.#histograms.set(name, new Histogram({ ...settings, ...(buckets && { buckets: [...buckets] }) }));
    }
  }

  /** Adds to a counter. */
  add(name: NamesOf<T, 'counter'>, value = 1, labels: Labels = {}): void {
    this.#counters.get(name)?.inc(labels, value);
  }

  /** Sets a gauge. What is not known, null, is left as it is. */
  set(name: NamesOf<T, 'gauge'>, value: number | null, labels: Labels = {}): void {
    if (value !== null) this.#gauges.get(name)?.set(labels, value);
  }

  /** Forgets what a gauge was set to, under all its labels. */
  reset(...names: readonly NamesOf<T, 'gauge'>[]): void {
    for (const name of names) this.#gauges.get(name)?.reset();
  }

  /** Adds a value to a histogram. */
  observe(name: NamesOf<T, 'histogram'>, value: number, labels: Labels = {}): void {
    this.#histograms.get(name)?.observe(labels, value);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of them, in the text format of Prometheus. */
  async format(): Promise<string> {
    return await this.#registry.metrics();
  }
}
