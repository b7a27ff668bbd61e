/** Bytes of a file that say what it is. */
export const HEAD_BYTES = 512;

const KINDS = {
  tar: (head: Buffer) => head.toString('latin1', 257, 262) === 'ustar' || isOldTar(head),
  zip: (head: Buffer) => ['PK\x03\x04', 'PK\x05\x06'].includes(head.toString('latin1', 0, 4)),
  gzip: (head: Buffer) => head.toString('latin1', 0, 2) === '\x1f\x8b',
  bzip2: (head: Buffer) => head.toString('latin1', 0, 3) === 'BZh',
  xz: (head: Buffer) => head.toString('latin1', 0, 6) === '\xfd7zXZ\x00',
  zstd: (head: Buffer) => head.toString('latin1', 0, 4) === '\x28\xb5\x2f\xfd',
} as const;

/** Before ustar: a name, and numbers in octal digits. */
const isOldTar = (head: Buffer): boolean =>
  head.length === HEAD_BYTES &&
  head[0] !== 0 &&
  /^[0-7 ]{6,7}[\0 ]{1,2}/.test(head.toString('latin1', 100, 108)) &&
  /^[0-7 ]{6}\0 /.test(head.toString('latin1', 148, 156));

export type ContainerKind = keyof typeof KINDS;

/** What a file is by its first {@link HEAD_BYTES}; undefined for anything that holds no other files. */
export function containerKind(head: Buffer): ContainerKind | undefined {
  return (Object.keys(KINDS) as ContainerKind[]).find((kind) => KINDS[kind](head));
}
