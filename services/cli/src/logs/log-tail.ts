import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';

/** Of a log file, how much of its end is read at first. */
const TAIL_BYTES = 4 * 1024 ** 2;
/** Read at once while following. */
const PIECE_BYTES = 1024 ** 2;

/** The log files of a stack, by the name of the process. */
export function findLogs(stateFolder: string): Map<string, string> {
  const services = filesIn(path.join(stateFolder, 'logs'));
  const servers = ['redis', 'redis-slices', 'minio'].map((name): [string, string] => [
    name,
    path.join(stateFolder, name, name === 'minio' ? 'minio.log' : 'redis.log'),
  ]);
  return new Map([...services, ...servers.filter(([, file]) => existsSync(file))]);
}

function filesIn(folder: string): [string, string][] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .map((name) => [name.slice(0, -'.log'.length), path.join(folder, name)]);
}

/** Reads the lines at the end of a file, and then those that are appended. A file that was cut begins again. */
export class LogTail {
  readonly #file: string;
  #offset: number | undefined;
  /** The beginning of a line whose end is not written yet. */
  #rest = Buffer.alloc(0);

  constructor(file: string) {
    this.#file = file;
  }

  /** The whole lines since the last call. */
  read(): string[] {
    if (!existsSync(this.#file)) return [];
    const descriptor = openSync(this.#file, 'r');
    try {
      const { size } = fstatSync(descriptor);
      const first = this.#offset === undefined;
      this.#offset ??= Math.max(0, size - TAIL_BYTES);
      if (size < this.#offset) [this.#offset, this.#rest] = [0, Buffer.alloc(0)];
      const cutsLine = first && this.#offset > 0;
      const lines = this.#split(readFrom(descriptor, this.#offset, size));
      this.#offset = size;
      return cutsLine ? lines.slice(1) : lines;
    } finally {
      closeSync(descriptor);
    }
  }

  #split(bytes: Buffer): string[] {
    const all = Buffer.concat([this.#rest, bytes]);
    const end = all.lastIndexOf('\n') + 1;
    this.#rest = all.subarray(end);
    return all
      .subarray(0, end)
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
  }
}

function readFrom(descriptor: number, offset: number, size: number): Buffer {
  const pieces: Buffer[] = [];
  for (let at = offset; at < size;) {
    const piece = Buffer.alloc(Math.min(PIECE_BYTES, size - at));
    const read = readSync(descriptor, piece, 0, piece.length, at);
    if (read === 0) break;
    pieces.push(piece.subarray(0, read));
    at += read;
  }
  return Buffer.concat(pieces);
}
