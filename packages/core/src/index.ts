/**
 * What everything else stands on: the error table, configuration, logging, lifecycle, random numbers.
 */
export { AlexnetError, ERRORS, hasCode, messageOf, toAlexnetError } from './errors.ts';
export type { ErrorCode, ErrorDetails, SerialisedError } from './errors.ts';
export { ENVIRONMENT_VARIABLES, loadConfig } from './config.ts';
export type { Config } from './config.ts';
export { pinnedWheels, verifyModule, verifyWheels } from './downloads.ts';
export type { PinnedWheels } from './downloads.ts';
export { compileKernel } from './kernel.ts';
export { hashIn, xxh128, XXH3_FIRST_FREE, XXH3_LEAST_BYTES } from './xxh3.ts';
export type { HashInMemory } from './xxh3.ts';
export { folderError, makeFolder } from './folders.ts';
export { parseJsonAs } from './json.ts';
export { createLogger } from './logger.ts';
export type { Logger } from './logger.ts';
export { Lifecycle } from './lifecycle.ts';
export { checkName, isName } from './names.ts';
export { checkNotifyUrl, NotifyUrl, notifyKey, shownNotifyUrl } from './notify.ts';
export { closestMatch } from './closest-match.ts';
export { readFatal, runProgram, runService } from './program.ts';
export { OpenCache } from './open-cache.ts';
export { QuickReads } from './quick-reads.ts';
export { runCommand } from './run-command.ts';
export { fillNormals } from './normals.ts';
export type { StreamKey } from './normals.ts';
export { RandomStream } from './random.ts';
export {
  firstAborted,
  firstToSucceed,
  onAbort,
  orAborted,
  settlesWithin,
  shutdownSignal,
  untilAborted,
  untilStopped,
} from './stopping.ts';
export type { Purpose } from './random.ts';
export { redisEndpoints } from './redis-address.ts';
export { firstOf, printable, formatValue } from './format-value.ts';
export { receiveError, sendError } from './thread-errors.ts';
export type { SentError } from './thread-errors.ts';
export { periodicYield } from './periodic-yield.ts';
export type { MaybeYield } from './periodic-yield.ts';
