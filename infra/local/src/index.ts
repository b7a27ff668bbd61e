/**
 * Finds or provisions the servers that the pipeline needs and runs them as processes of this machine, for local
 * use and for tests.
 */
export { isAlive } from './alive.ts';
export { KEEP_FREED_MEMORY, KEEP_FREED_MEMORY_WHILE_TRAINING } from './allocator.ts';
export { checkMinioProgram, checkRedisProgram } from './doctor.ts';
export type { GoProgram } from './go-programs.ts';
export {
  fetchGoModule,
  findMinio,
  findToxiproxy,
  findVersitygw,
  provisionGoProgram,
  provisionMinio,
  provisionToxiproxy,
  provisionVersitygw,
} from './go-programs.ts';
export { isLocked, takeLock } from './lock.ts';
export type { FileLock } from './lock.ts';
export { freePort } from './ports.ts';
export { openLog, startProcess } from './process.ts';
export type { ProcessExit, ProcessOptions, RunningProcess } from './process.ts';
export type { DoctorCheck, ProvisionOptions, ServerOptions, ServerProgram } from './programs.ts';
export { startRedis } from './redis.ts';
export type { RedisOptions, RunningRedis } from './redis.ts';
export { findRedis, provisionRedis } from './redis-program.ts';
export { startMinio, startVersitygw } from './s3-servers.ts';
export type { RunningS3Server, S3ServerOptions } from './s3-servers.ts';
export { startToxiproxy } from './toxiproxy.ts';
export type { RunningToxiproxy, Toxic, ToxicProxy } from './toxiproxy.ts';
