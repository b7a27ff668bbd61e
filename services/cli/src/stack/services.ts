import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The program of a service. Services do not import each other: the command line starts them. */
export function serviceProgram(service: 'preprocess' | 'trainer'): string {
  return require.resolve(`@alexnet/${service}/main`);
}
