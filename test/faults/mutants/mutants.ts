import { fileURLToPath } from 'node:url';

/** A text of a built module, and what it is replaced by. */
interface Mutant {
  file: string;
  from: string;
  to: string;
}

/** Wrong programs that look right as long as nothing fails. */
export const MUTANTS = {
  /** Every epoch is the first one: its order, its crops, its lighting. */
  'a worker that ignores the epoch': {
    file: 'packages/batches/dist/maker.js',
    from: 'async make(recipe, address, use) {',
    to: 'async make(recipe, address, use) {\n        address = { ...address, epoch: 0 };',
  },
  /** For as long as it takes to write the manifest, `LATEST` names a checkpoint that is not whole. */
  'a trainer that moves LATEST before the manifest is there': {
    file: 'packages/checkpoints/dist/writer.js',
    from: "await this.store.put(keys.checkpoint(this.run, name, 'checkpoint.json'), toJson(manifest));",
    to: "setTimeout(() => void this.store.put(keys.checkpoint(this.run, name, 'checkpoint.json'), toJson(manifest)), 400);",
  },
} as const satisfies Record<string, Mutant>;

/** What makes a service a mutant. */
export function mutantEnvironment(mutant: Mutant): NodeJS.ProcessEnv {
  const hook = fileURLToPath(new URL('hook.mjs', import.meta.url));
  return { NODE_OPTIONS: `--import ${hook}`, FAULTS_MUTANT: JSON.stringify(mutant) };
}
