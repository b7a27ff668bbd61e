/** What a benchmark is made of; docs/performance.md says what each one measures. */

/** What one round gave. */
export interface Round {
  /** More is better. */
  rate: number;
  /** What else was measured, by name, such as `event loop, ms`: less is better, and the worst round counts. */
  figures?: Readonly<Record<string, number>>;
}

/** One thing that is measured; each call of `measure` is one round. */
export interface Contender {
  /** Unique within its benchmark. */
  name: string;
  /** `limit` is what the hardware or a library's kernel alone would allow. */
  role: 'ours' | 'peer' | 'limit';
  measure(): Promise<Round>;
}

export interface OpenBenchmark {
  contenders: readonly Contender[];
  close(): Promise<void>;
}

export interface BenchmarkContext {
  /** The Python of the peers' virtual environment; undefined unless --peers was given. */
  peers: string | undefined;
  /** A quick look for CI: fewer images, shorter rounds, the same ratios. */
  small: boolean;
  /** Temporary; removed after the benchmark. */
  folder: string;
  /** A folder of JPEGs of 500×375, made once and kept in the user cache. */
  photographs: () => Promise<string>;
}

/** The project's word: names of contenders, and what the median over rounds of ours/against is at least. */
export interface RatioClaim {
  ours: string;
  against: string;
  atLeast: number;
}

/** The project's word: what a figure of a contender is at most, in every round. */
export interface FigureClaim {
  ours: string;
  figure: string;
  atMost: number;
}

export type Claim = RatioClaim | FigureClaim;

export interface Benchmark {
  name: string;
  title: string;
  /** Of the rates, such as `images/s`. */
  unit: string;
  open(context: BenchmarkContext): Promise<OpenBenchmark>;
  /** One of what was not measured is skipped, and said to be. */
  claims: readonly Claim[];
}
