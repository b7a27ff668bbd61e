import { encodePng } from '@alexnet/images';
import { readPlace } from './archives/place.ts';
import { ItemUnreadable, type FileTree, type Item } from './source.ts';

/** An item of a tree: a file, or the part of one that its place says. Pixels of this project's shards become a PNG. */
export async function readPlaced(
  tree: Pick<FileTree, 'url' | 'read' | 'readRange'>,
  { name, at }: Item,
): Promise<Buffer> {
  if (at === undefined) return await tree.read({ name });
  const bytes = await readPlace(tree, at);
  return /\.rgb$/i.test(name) ? await asPng(`${tree.url}/${name}`, bytes) : bytes;
}

/** @param pixels uint8 [side, side, 3] */
async function asPng(url: string, pixels: Buffer): Promise<Buffer> {
  const side = Math.round(Math.sqrt(pixels.length / 3));
  if (side > 0 && side * side * 3 === pixels.length)
    return await encodePng(pixels, { width: side, height: side, channels: 3 });
  throw new ItemUnreadable(url, {
    reason: 'unreadable',
    detail: `${pixels.length} bytes, of no square of pixels`,
  });
}
