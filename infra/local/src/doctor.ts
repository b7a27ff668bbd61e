import { findMinio } from './go-programs.ts';
import type { DoctorCheck } from './programs.ts';
import { findRedis } from './redis-program.ts';

/** Whether a Redis or Valkey server program is there; starts nothing. */
export async function checkRedisProgram(cacheDir: string): Promise<DoctorCheck> {
  const name = 'Redis server program';
  const found = await findRedis(cacheDir);
  if (found !== undefined) return { name, ok: true, detail: `${found.file}, version ${found.version}` };
  const fix = 'npx alexnet setup redis';
  return { name, ok: false, detail: 'no redis-server or valkey-server, 6.2 or newer', fix };
}

/** MinIO is optional: without it the local stack keeps its objects in a directory. */
export async function checkMinioProgram(cacheDir: string): Promise<DoctorCheck> {
  const name = 'MinIO server program (optional)';
  const found = await findMinio(cacheDir);
  if (found !== undefined) return { name, ok: true, detail: `${found.file}, version ${found.version}` };
  const detail =
    'not there; only "alexnet up --s3 minio" needs it: node infra/local/dist/provision-main.js minio';
  return { name, ok: true, detail };
}
