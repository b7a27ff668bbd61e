/** What the guard is started with: the JSON of its one argument. */
export interface GuardOrders {
  command: string;
  args: readonly string[];
  killAfterMs: number;
  /** The program gets a channel to the guard: its end tells the program to stop. */
  channel: boolean;
  logFile: string;
  maxLogBytes: number;
  /** How many descriptors, after those of stdio and the channel, go to the program. */
  inherited: number;
  /** A lock file: when the parent is gone, the program runs on until no process holds it. */
  outlives?: string;
}

/** What the guard says to its parent. */
export interface GuardReport {
  pid?: number;
  /** Why the program could not be started. */
  error?: string;
  code?: number | null;
  signal?: NodeJS.Signals | null;
  /** A message of the program. */
  said?: unknown;
}
