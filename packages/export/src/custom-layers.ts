import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import type { Tensorflow } from '@alexnet/tensorflow';
import { assetFile } from './assets.ts';

type Tf = Tensorflow['tf'];
export type TfLayer = InstanceType<Tf['layers']['Layer']>;
type Configuration<Own> = Own & { name: string; inputShape?: number[] };

/** What `alexnet-layers.js` defines. */
export interface CustomLayers {
  SubtractMeanAndDivide: new (config: Configuration<{ divisor: number }>) => TfLayer;
  LocalResponseNormalization: new (
    config: Configuration<{ depthRadius: number; bias: number; alpha: number; beta: number }>,
  ) => TfLayer;
  GroupedConvolution2D: new (
    config: Configuration<{
      filters: number;
      kernelSize: number;
      strides: number;
      padding: 'same' | 'valid';
      groups: number;
    }>,
  ) => TfLayer;
}

/** The script's file, which a page loads and this process runs. */
export const LAYERS_SCRIPT = 'alexnet-layers.js';

/** Runs the script as a page would, with `tf` in its scope: registers the layers with `tf`, and gives them. */
export function customLayers(tf: Tf): CustomLayers {
  const filename = assetFile(LAYERS_SCRIPT);
  const script = `${readFileSync(filename, 'utf8')}\nreturn alexnetLayers;`;
  return (vm.compileFunction(script, ['tf'], { filename }) as (tf: Tf) => CustomLayers)(tf);
}
