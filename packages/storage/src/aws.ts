import { createRequire } from 'node:module';
import type * as Aws from '@aws-sdk/client-s3';

const require = createRequire(import.meta.url);
let loaded: typeof Aws | undefined;

/** The AWS SDK, loaded with the first bucket: that takes an eighth of a second, and most commands need none. */
export function aws(): typeof Aws {
  return (loaded ??= require('@aws-sdk/client-s3') as typeof Aws);
}
