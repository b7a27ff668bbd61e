/** A server program on this machine. */
export interface ServerProgram {
  /** Its full path. */
  file: string;
  version: string;
}

export interface ProvisionOptions {
  cacheDir: string;
  /** Called with a line for the person when something is fetched or built. */
  onProgress?: (line: string) => void;
}

/** One line of `alexnet doctor`. */
export interface DoctorCheck {
  name: string;
  ok: boolean;
  detail: string;
  /** What mends it, where it is not ok. */
  fix?: string;
}
