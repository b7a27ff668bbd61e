import { expect, it } from 'vitest';
import { clutterReason, findClutter } from './clutter.ts';

it.each([
  ['@eaDir', 'thumbnails'],
  ['.thumbnails', 'thumbnails'],
  ['#recycle', 'recycle-bin'],
  ['#Recycle', 'recycle-bin'],
  ['$RECYCLE.BIN', 'recycle-bin'],
  ['$Recycle.Bin', 'recycle-bin'],
  ['.Trash-1000', 'recycle-bin'],
  ['.Trashes', 'recycle-bin'],
  ['System Volume Information', 'system'],
  ['__MACOSX', 'system'],
  ['.AppleDouble', 'system'],
  ['lost+found', 'system'],
  ['.ipynb_checkpoints', 'hidden'],
  ['.git', 'hidden'],
])('leaves the folder %s out: %s', (name, reason) => {
  expect(clutterReason(name, true)).toBe(reason);
  expect(findClutter(`cat/${name}/1.png/2.png`)).toEqual({ name: `cat/${name}`, reason });
  expect(findClutter(`${name}/`)).toEqual({ name, reason });
});

it.each([
  ['Thumbs.db', 'thumbnails'],
  ['thumbs.db', 'thumbnails'],
  ['desktop.ini', 'system'],
  ['Desktop.ini', 'system'],
  ['.DS_Store', 'system'],
  ['._1.png', 'system'],
  ['1.png~', 'backup'],
  ['~$1.docx', 'backup'],
  ['#1.png#', 'backup'],
  ['1.png.bak', 'backup'],
  ['.1.png.swp', 'backup'],
  ['1.png.part', 'unfinished-download'],
  ['1.png.crdownload', 'unfinished-download'],
  ['1.TMP', 'unfinished-download'],
  ['.hidden.png', 'hidden'],
])('leaves the file %s out: %s', (name, reason) => {
  expect(clutterReason(name, false)).toBe(reason);
  expect(findClutter(`cat/${name}`)).toEqual({ name: `cat/${name}`, reason });
});

it.each(['1.png', 'recycle', '#1', 'a~b.png', 'part', 'thumbs.png', 'eaDir', '~1.png', 'lost'])(
  'keeps %s, as a file and as a folder',
  (name) => {
    expect(clutterReason(name, false)).toBeUndefined();
    expect(clutterReason(name, true)).toBeUndefined();
    expect(findClutter(`cat/${name}/1.png`)).toBeUndefined();
  },
);

it('tells a folder from a file of the same name', () => {
  expect(clutterReason('album.bak', true)).toBeUndefined();
  expect(clutterReason('@eaDir', false)).toBeUndefined();
});
