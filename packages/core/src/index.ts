/**
 * What everything else stands on: the error table, configuration, logging, lifecycle, random numbers.
 */
export { AlexnetError, ERRORS, messageOf, toAlexnetError } from './errors.ts';
export type { ErrorCode, ErrorDetails, SerialisedError } from './errors.ts';
export { ENVIRONMENT_VARIABLES, loadConfig } from './config.ts';
export type { Config } from './config.ts';
export { pinnedWheels, verifyModule, verifyWheels } from './downloads.ts';
export type { PinnedWheels } from './downloads.ts';
export { compileKernel } from './kernel.ts';
export { folderError, makeFolder } from './folders.ts';
export { createLogger } from './logger.ts';
export type { Logger } from './logger.ts';
export { Lifecycle } from './lifecycle.ts';
export { checkName, isName } from './names.ts';
export { nearest } from './nearest.ts';
export { readFatal, runProgram, runService } from './program.ts';
export { OpenFiles } from './open-files.ts';
export { RangeReads } from './range-reads.ts';
export { RandomStream } from './random.ts';
export {
  firstAborted,
  onAbort,
  orAborted,
  settlesWithin,
  shutdownSignal,
  untilAborted,
  untilStopped,
} from './stopping.ts';
export type { Purpose } from './random.ts';
export { firstOf, printable, shown } from './shown.ts';
export { turns } from './turns.ts';
export type { Turn } from './turns.ts';
