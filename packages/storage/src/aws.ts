import { createRequire } from 'node:module';
import type * as Aws from '@aws-sdk/client-s3';

const require = createRequire(import.meta.url);
let loaded: typeof Aws | undefined;

/** The AWS SDK, loaded with the first bucket: that takes an eighth of a second, and most commands need none. */
export function aws(): typeof Aws {
  // Else it warns that later versions of it will need a newer Node. This project states what it needs in package.json.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  return (loaded ??= require('@aws-sdk/client-s3') as typeof Aws);
}
