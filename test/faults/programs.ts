import { loadConfig } from '@alexnet/core';
import { findMinio, findToxiproxy } from '@alexnet/local';

const { cacheDir } = loadConfig();
const programs = { minio: await findMinio(cacheDir), toxiproxy: await findToxiproxy(cacheDir) };
const missing = Object.entries(programs).flatMap(([name, found]) => (found === undefined ? [name] : []));

/** Whether the programs are there that the suite needs besides Valkey; else it is printed why its tests are skipped. */
export const suiteCanRun = missing.length === 0;
if (!suiteCanRun) {
  const names = missing.join(' ');
  console.warn(`skipped: ${names} not there (node infra/local/dist/provision-main.js ${names})`);
}
