import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeSquare, IMAGE_SIDE, nearDistance, perceptualHash } from '@alexnet/images';
import { COPIES, copyFile, type CopyKind } from '@alexnet/images/testing';

const KINDS = Object.keys(COPIES) as CopyKind[];

const AT_ONCE = 8;

interface Photograph {
  file: string;
  /** Undefined for one with too little structure. */
  hash: Buffer | undefined;
  /** Of its mirror image, which stands for another photograph. */
  mirrored: Buffer | undefined;
  copies: Record<CopyKind, Buffer | undefined>;
}

/** Prints how many copies of each kind are found, and how many pairs of different photographs are taken for copies. */
export async function measurePhotographs(folders: readonly string[]): Promise<void> {
  const files: string[] = [];
  for (const folder of folders) {
    const names = await readdir(folder, { recursive: true });
    files.push(
      ...names
        .filter((name) => /\.jpe?g$/i.test(name))
        .sort()
        .map((name) => path.join(folder, name)),
    );
  }
  const photographs: Photograph[] = [];
  for (let first = 0; first < files.length; first += AT_ONCE) {
    const read = await Promise.all(files.slice(first, first + AT_ONCE).map(readPhotograph));
    photographs.push(...read.filter((one) => one !== undefined));
  }
  const plain = photographs.filter(({ hash }) => hash === undefined).length;
  console.log(`${photographs.length} photographs; ${plain} of them with too little structure`);
  for (const kind of KINDS) {
    const both = photographs.flatMap(({ hash, copies }) => {
      const copy = copies[kind];
      return hash === undefined || copy === undefined ? [] : [nearDistance(hash, copy)];
    });
    const found = both.filter((distance) => distance !== undefined);
    console.log(
      `${kind}: ${found.length} of ${both.length} found (${((100 * found.length) / both.length).toFixed(2)} %)`,
    );
  }
  const pairs: { names: string; distance: number }[] = [];
  let compared = 0;
  for (const [i, a] of photographs.entries()) {
    for (const b of photographs.slice(0, i)) {
      for (const other of [b.hash, b.mirrored]) {
        if (a.hash === undefined || other === undefined) continue;
        compared++;
        const distance = nearDistance(a.hash, other);
        if (distance === undefined) continue;
        pairs.push({
          names: `${a.file}  ${b.file}${other === b.mirrored ? ' (mirrored)' : ''}`,
          distance,
        });
      }
    }
  }
  console.log(`${pairs.length} of ${compared} pairs taken for copies, half of them with a mirror image:`);
  for (const { names, distance } of pairs.sort((a, b) => a.distance - b.distance))
    console.log(`  ${distance}  ${names}`);
}

async function readPhotograph(file: string): Promise<Photograph | undefined> {
  const bytes = await readFile(file);
  const square = await decodeSquare(bytes).catch(() => undefined);
  if (square === undefined) return undefined;
  const copies = {} as Photograph['copies'];
  for (const kind of KINDS)
    copies[kind] = perceptualHash(await decodeSquare(await copyFile(bytes, kind)), IMAGE_SIDE);
  return {
    file,
    hash: perceptualHash(square, IMAGE_SIDE),
    mirrored: perceptualHash(mirror(square), IMAGE_SIDE),
    copies,
  };
}

function mirror(square: Buffer): Buffer {
  const mirrored = Buffer.alloc(square.length);
  for (let at = 0; at < square.length; at += 3) {
    const column = (at / 3) % IMAGE_SIDE;
    square.copy(mirrored, at + (IMAGE_SIDE - 1 - 2 * column) * 3, at, at + 3);
  }
  return mirrored;
}
