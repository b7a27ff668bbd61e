import { markdownTable } from '../support/markdown.ts';
import type { Comparison } from './comparison.ts';

/** Ours against JAX, of one case. */
export interface ParityReport {
  /** Loss of each step, ours. */
  losses: number[];
  float32: Comparison;
  float64: Comparison;
}

/** Two tables: what the layers give, and the parameters. */
export function markdown({ float32, float64 }: ParityReport): string {
  const layers = float32.activations.map(({ name, shape, difference }, place) => [
    name,
    size(shape),
    digits(difference),
    digits(float64.activations[place]?.difference),
  ]);
  const parameters = float32.parameters.map((single, i) => {
    const double = float64.parameters[i];
    const both = (key: 'gradient' | 'weight' | 'way'): string[] => [
      digits(single[key]),
      digits(double?.[key]),
    ];
    return [single.name, size(single.shape), ...both('gradient'), ...both('weight'), ...both('way')];
  });
  return [
    markdownTable(['layer', 'output', 'float32', 'float64'], layers),
    markdownTable(
      [
        'parameter',
        'shape',
        ...['gradient', 'weight', 'way'].flatMap((name) => [`${name}, float32`, 'float64']),
      ],
      parameters,
    ),
  ].join('\n\n');
}

const size = (shape: readonly number[]): string => shape.join(' × ');
const digits = (value: number | null | undefined): string => value?.toExponential(1) ?? '';
