/** Why an entry of a source is no part of the dataset. */
export type ClutterReason =
  | 'hidden'
  | 'thumbnails'
  | 'recycle-bin'
  | 'system'
  | 'backup'
  | 'unfinished-download'
  | 'link-circle'
  | 'listed-twice';

const FOLDERS: readonly (readonly [RegExp, ClutterReason])[] = [
  [/^(@eadir|\.thumbnails|\.thumbs)$/i, 'thumbnails'],
  [
    /^(#recycle|@recycle|@recently-snapshot|#snapshot|\$recycle\.bin|recycler|recycled|\.trash.*)$/i,
    'recycle-bin',
  ],
  [/^(system volume information|__macosx|\.appledouble|lost\+found|found\.\d{3}|__pycache__)$/i, 'system'],
];

const FILES: readonly (readonly [RegExp, ClutterReason])[] = [
  [/^(thumbs\.db|ehthumbs(_vista)?\.db|zbthumbnail\.info)(:.*)?$/i, 'thumbnails'],
  [/^(desktop\.ini|\.?picasa\.ini|\.ds_store|\._.*|icon\r)$/i, 'system'],
  [/^(~\$.*|.*~|#.*#|.*\.(bak|orig|swp|swo))$/i, 'backup'],
  [/^.*\.(part|partial|filepart|crdownload|opdownload|download|aria2|!ut|!qb|tmp)$/i, 'unfinished-download'],
];

/**
 * Why what has this name is left out: what file managers, editors, archivers, browsers and network drives leave among
 * images. Letter case does not matter.
 * @param name of a file or folder, without the folders above it
 */
export function clutterReason(name: string, isFolder: boolean): ClutterReason | undefined {
  const known = (isFolder ? FOLDERS : FILES).find(([pattern]) => pattern.test(name));
  if (known !== undefined) return known[1];
  return name.startsWith('.') ? 'hidden' : undefined;
}

/**
 * The part of a path that is left out: the file, or the outermost folder that is.
 * @param name `/`-separated; one that ends in `/` is of a folder
 */
export function findClutter(name: string): { name: string; reason: ClutterReason } | undefined {
  const segments = name.split('/');
  for (const [i, segment] of segments.entries()) {
    const reason = clutterReason(segment, i < segments.length - 1);
    if (reason !== undefined) return { name: segments.slice(0, i + 1).join('/'), reason };
  }
  return undefined;
}
