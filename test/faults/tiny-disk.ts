import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** `sh -c` with these: the folder, then the program that runs with a small disk there. */
const script = (kilobytes: number): string =>
  `mkdir -p "$0" && mount -t tmpfs -o size=${kilobytes}k tmpfs "$0" && exec "$@"`;

/** The command and arguments that run a program in a mount namespace of its own, with a disk of so many KiB at a folder. */
export function onTinyDisk(
  folder: string,
  kilobytes: number,
  { command, args }: { command: string; args: readonly string[] },
): { command: string; args: string[] } {
  return { command: 'unshare', args: ['-rm', 'sh', '-c', script(kilobytes), folder, command, ...args] };
}

/** Why no small disk can be mounted on this machine; undefined where it can. */
export function tinyDiskUnavailable(): string | undefined {
  const folder = mkdtempSync(path.join(tmpdir(), 'alexnet-tiny-'));
  const { command, args } = onTinyDisk(folder, 256, { command: 'true', args: [] });
  const able = spawnSync(command, args).status === 0;
  rmdirSync(folder);
  return able ? undefined : 'this system does not let a test mount a small disk (unshare -rm)';
}
