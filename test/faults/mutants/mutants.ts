import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Fault } from '../fault.ts';
import { trainerKilled } from '../faults/trainer-killed.ts';

/** A wrong program that looks right as long as nothing fails. */
export interface Mutant {
  /** The built module, and the texts in it that are replaced. */
  file: string;
  changes: readonly (readonly [from: string, to: string])[];
  /** What is needed to find it. */
  faults: readonly Fault[];
  /** What the suite has to say. */
  problem: RegExp;
}

const PUT_MANIFEST = "this.store.put(file('checkpoint.json'), checkedJson(manifest))";
const GET_WEIGHTS = "await this.#engine.call('save')";

export const MUTANTS: Readonly<Record<string, Mutant>> = {
  // Every epoch is the first one: its order, its crops, its lighting.
  'a worker that ignores the epoch': {
    file: 'packages/batches/dist/slice-maker.js',
    changes: [
      ['async make(recipe, address, use) {', 'async make(recipe, { ...address }, use) { address.epoch = 0;'],
    ],
    faults: [],
    problem: /digest \w{64}, undisturbed/,
  },
  // A checkpoint within an epoch says that its last batch was trained on, with the weights from before that.
  'a trainer that acknowledges a step before it is made': {
    file: 'services/trainer/build/run/loop.js',
    changes: [
      [
        'const { step, rates } = session;',
        `const { step, rates } = session;
         this.early = (step + 1) % profile.checkpointEvery === 0 ? ${GET_WEIGHTS} : undefined;`,
      ],
      [
        `const { model, optimizer } = ${GET_WEIGHTS};`,
        `const within = this.#session.cursor.batch > 0 && !this.#session.epochTrained;
         const { model, optimizer } = (within ? this.early : undefined) ?? (${GET_WEIGHTS});`,
      ],
    ],
    faults: [trainerKilled],
    problem: /model \w{64}, undisturbed/,
  },
  // For as long as it takes to write the manifest, LATEST names a checkpoint that is not whole.
  'a trainer that moves LATEST before the manifest is there': {
    file: 'packages/checkpoints/dist/writer.js',
    changes: [[`await ${PUT_MANIFEST};`, `setTimeout(() => void ${PUT_MANIFEST}, 400);`]],
    faults: [trainerKilled],
    problem: /no such checkpoint|no object with this key/i,
  },
};

/**
 * What makes a service a mutant.
 * @throws where the module does not have a text, or has it twice: then the mutant has to be rewritten
 */
export function mutantEnvironment({ file, changes }: Mutant): NodeJS.ProcessEnv {
  const source = readFileSync(fileURLToPath(new URL(`../../../${file}`, import.meta.url)), 'utf8');
  for (const [from] of changes) {
    const times = source.split(from).length - 1;
    if (times !== 1) throw new Error(`${file} has ${times} times, and not once: ${from}`);
  }
  const hook = fileURLToPath(new URL('hook.mjs', import.meta.url));
  return { NODE_OPTIONS: `--import ${hook}`, FAULTS_MUTANT: JSON.stringify({ file, changes }) };
}
