import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { AlexnetError, pinnedWheels, verifyWheels, runCommand } from '@alexnet/core';
import type { PinnedWheels } from '@alexnet/core';
import { TENSORFLOW_VERSION } from './layout.ts';
import type { Variant } from './layout.ts';

const MB = 1e6;
const PROGRESS_MS = 2000;

/** What is needed of the TensorFlow wheel: the libraries and the headers of the C interface, of 15,682 files. */
const TENSORFLOW_PARTS = [
  'tensorflow/libtensorflow_cc.so.2',
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/include/tensorflow/c/',
  'tensorflow/include/tensorflow/core/platform/ctstring',
  'tensorflow/include/tsl/platform/ctstring',
  'tensorflow/include/xla/tsl/c/',
];

/** Everything that runs on glibc 2.27: pip takes the names as they are, and NVIDIA's wheels carry many. */
const PLATFORMS = [
  ...Array.from({ length: 23 }, (_, i) => `manylinux_2_${27 - i}`),
  ...['manylinux2014', 'manylinux2010', 'manylinux1'],
];

const SIZE: Readonly<Record<Variant, string>> = { cpu: '274 MB', gpu: '572 MB, and CUDA, about 3 GB' };

const UNPACK = `
import sys, zipfile
wheel, target, *parts = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    names = [n for n in archive.namelist() if n.startswith(tuple(parts))]
    missing = [p for p in parts if not any(n.startswith(p) for n in names)]
    if missing: sys.exit('not in ' + wheel + ': ' + ', '.join(missing))
    archive.extractall(target, names)
`;

/**
 * Downloads the wheels of a variant and unpacks what is needed of them into `target`. Nothing is installed, and the
 * wheels are gone afterwards.
 * @throws PROVISION_FAILED
 */
export async function unpackWheels(
  python: string,
  variant: Variant,
  target: string,
  onProgress: (line: string) => void,
): Promise<void> {
  const downloads = path.join(target, 'wheels');
  const pinned = pinnedWheels(`tensorflow-${variant}`);
  onProgress(`TensorFlow ${TENSORFLOW_VERSION} (${variant}): downloading ${SIZE[variant]}`);
  for (const wheel of await download(python, pinned, downloads, onProgress)) {
    const isCuda = path.basename(wheel).startsWith('nvidia');
    await unpack(python, wheel, target, isCuda ? ['nvidia/'] : TENSORFLOW_PARTS, onProgress);
  }
  rmSync(downloads, { recursive: true, force: true });
}

async function download(
  python: string,
  pinned: PinnedWheels,
  folder: string,
  onProgress: (line: string) => void,
): Promise<string[]> {
  const requirements = Object.keys(pinned);
  // pip writes a download under TMPDIR first: there its growth can be seen, and the cache has room for it.
  const temporary = path.join(folder, 'partial');
  mkdirSync(temporary, { recursive: true });
  const timer = setInterval(
    () => onProgress(`downloading: ${Math.round(sizeOf(temporary) / MB)} MB so far`),
    PROGRESS_MS,
  );
  const outcome = await runCommand(
    python,
    [
      ...['-m', 'pip', 'download', '--no-deps', '--no-cache-dir', '--only-binary=:all:', '--quiet'],
      ...PLATFORMS.flatMap((platform) => ['--platform', `${platform}_x86_64`]),
      ...['--python-version', '3.12', '--dest', folder, ...requirements],
    ],
    { env: { ...process.env, TMPDIR: temporary } },
  ).finally(() => clearInterval(timer));
  if (outcome.status !== 0)
    throw failed(`\`pip download ${requirements.join(' ')}\` to succeed`, outcome.tail);
  const wheels = readdirSync(folder).filter((name) => name.endsWith('.whl'));
  if (wheels.length !== requirements.length)
    throw failed(`pip to leave ${requirements.length} wheels`, wheels.join(', ') || 'none');
  const files = wheels.map((name) => path.join(folder, name));
  await verifyWheels(files, pinned);
  return files;
}

async function unpack(
  python: string,
  wheel: string,
  target: string,
  parts: readonly string[],
  onProgress: (line: string) => void,
): Promise<void> {
  onProgress(`unpacking ${path.basename(wheel)}`);
  const outcome = await runCommand(python, ['-c', UNPACK, wheel, target, ...parts]);
  if (outcome.status !== 0) throw failed(`${path.basename(wheel)} to unpack`, outcome.tail);
}

/** Bytes under a folder, while another process writes it. */
function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile())
      bytes += statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}

function failed(expected: string, actual: string): AlexnetError {
  return new AlexnetError('PROVISION_FAILED', {
    expected,
    actual,
    remedy:
      'Check the network, the disk space and that pip is recent, then run `npx alexnet setup tensorflow` again.',
  });
}
