import type { Logger } from '@alexnet/core';
import type { ProcessExit } from './process.ts';

/** A server program on this machine. */
export interface ServerProgram {
  /** Its full path. */
  file: string;
  version: string;
}

export interface ProvisionOptions {
  cacheDir: string;
  /** Called with a line for the person when something is fetched or built. */
  onProgress?: ((line: string) => void) | undefined;
  /** Ends what is being fetched or built; its reason is thrown. */
  signal?: AbortSignal | undefined;
}

/** What all servers of this machine are started with. */
export interface ServerOptions extends ProvisionOptions {
  /** Its data, settings and log; made if missing. One server per folder: it holds the lock in there. */
  dataDir: string;
  /** A free one unless given. */
  port?: number | undefined;
  /** How long to wait for a server in the same folder whose parent is gone. A second unless given. */
  waitMs?: number;
  /** A lock file: when this process is gone, the server runs on until no other one holds it, 35 s at most. */
  outlives?: string;
  log?: Logger;
  /** Called when the server ends without having been asked to. */
  onExit?: (exit: ProcessExit) => void;
}

/** One line of `alexnet doctor`. */
export interface DoctorCheck {
  name: string;
  ok: boolean;
  detail: string;
  /** What mends it, where it is not ok. */
  fix?: string;
}
