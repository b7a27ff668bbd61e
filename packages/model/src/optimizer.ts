import type { FloatTensor } from '@alexnet/safetensors';
import { sizeOf } from './net.ts';
import type { Net } from './net.ts';
import type { Profile } from './profile.ts';
import type { Rates } from './schedule.ts';

export type Optimizer = Profile['optimizer'];

/**
 * What an optimizer keeps of each parameter, as endings of the parameter's name in `optimizer.safetensors`: the velocity
 * of `sgd` has the name itself, and Adam's moments end in `/m` and `/v`, as its paper calls them.
 */
const SLOTS: Readonly<Record<Optimizer['kind'], readonly string[]>> = { sgd: [''], adam: ['/m', '/v'] };

/** The names of what is kept of a parameter, in the order that the update takes them in. */
export function slotNames({ kind }: Pick<Optimizer, 'kind'>, parameter: string): string[] {
  return SLOTS[kind].map((ending) => parameter + ending);
}

/** What an optimizer keeps at the beginning: zeros. */
export function startOptimizer(net: Net, optimizer: Pick<Optimizer, 'kind'>): Map<string, FloatTensor> {
  return new Map(
    net.parameters.flatMap(({ name, shape }) =>
      slotNames(optimizer, name).map((slot) => [
        slot,
        { shape: [...shape], data: new Float32Array(sizeOf(shape)) },
      ]),
    ),
  );
}

/**
 * The rates of the update that follows `step` others. For Adam they include the correction for moments that begin at
 * zero, √(1 - β₂ᵗ) / (1 - β₁ᵗ), where t counts the updates from 1 (Kingma and Ba, end of section 2).
 */
export function stepRates(optimizer: Optimizer, rates: Rates, step: number): Rates {
  if (optimizer.kind === 'sgd') return rates;
  const t = step + 1;
  const correction = Math.sqrt(1 - optimizer.beta2 ** t) / (1 - optimizer.beta1 ** t);
  return { weights: rates.weights * correction, biases: rates.biases * correction };
}
