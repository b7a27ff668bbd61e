/** What a benchmark is made of; docs/performance.md says what each one measures. */

/** One thing that is measured. Each call of `measure` is one round and gives a rate: more is better. */
export interface Contender {
  /** Unique within its stage. */
  name: string;
  /** `limit` is what the hardware or a library's kernel alone would allow. */
  role: 'ours' | 'peer' | 'limit';
  measure(): Promise<number>;
}

export interface OpenStage {
  contenders: readonly Contender[];
  close(): Promise<void>;
}

export interface StageContext {
  /** The Python of the peers' virtual environment; undefined unless --peers was given. */
  peers: string | undefined;
  /** A quick look for CI: fewer images, shorter rounds, the same ratios. */
  small: boolean;
  /** Temporary; removed after the stage. */
  folder: string;
  /** A folder of JPEGs of 500×375, made once and kept in the user cache. */
  photographs: () => Promise<string>;
}

/** The project's word: the median over rounds of ours/against is at least this. */
export interface Claim {
  /** Names of contenders. */
  ours: string;
  against: string;
  atLeast: number;
}

export interface Stage {
  name: string;
  title: string;
  /** Of the rates, such as `images/s`. */
  unit: string;
  open(context: StageContext): Promise<OpenStage>;
  /** One whose `against` was not measured is skipped, and said to be. */
  claims: readonly Claim[];
}
