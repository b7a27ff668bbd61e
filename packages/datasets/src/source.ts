export interface SourceFile {
  /** `/`-separated, relative to the source. */
  name: string;
  /** Bytes. */
  size: number;
}

/** Where image files come from. Hidden files are left out; nothing is ever written. */
export interface Source {
  /** Where this is, without credentials. */
  readonly url: string;
  /** Every file, in no promised order. */
  list(): AsyncIterable<SourceFile>;
  /** A whole file. @throws STORAGE_FAILED and the like when it cannot be read, which may pass */
  read(name: string): Promise<Buffer>;
  close(): Promise<void>;
}

export interface FoundFile extends SourceFile {
  /** Opaque; changes whenever the file's bytes change. */
  version: string;
}

/** A source whose files lie there as they are. */
export interface FileSource extends Source {
  /** A file by its name, without reading it; undefined where there is none. @throws as {@link Source.read} */
  find(name: string): Promise<FoundFile | undefined>;
}
