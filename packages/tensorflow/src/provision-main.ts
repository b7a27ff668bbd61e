import { parseArgs } from 'node:util';
import { AlexnetError, loadConfig, runProgram } from '@alexnet/core';
import { chooseVariant, provisionTensorflow } from './provision/provision.ts';

/** `node packages/tensorflow/dist/provision-main.js [--variant auto|cpu|gpu]`, run by the set-up. */
async function main(): Promise<void> {
  const config = loadConfig();
  const { values } = parseArgs({ options: { variant: { type: 'string', default: config.tensorflow } } });
  const { variant } = values;
  if (variant !== 'auto' && variant !== 'cpu' && variant !== 'gpu') {
    throw new AlexnetError('USAGE', {
      expected: '--variant auto, cpu or gpu',
      actual: variant,
      remedy: 'Correct the option.',
    });
  }
  await provisionTensorflow({
    cacheDir: config.cacheDir,
    variant: await chooseVariant(variant),
    onProgress: (line) => console.error(line),
  });
}

runProgram(main);
