import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const CHART = fileURLToPath(new URL('../../infra/helm/alexnet', import.meta.url));

/** Secrets that an example leaves to the person, who draws them. */
const DRAWN: Readonly<Record<string, readonly string[]>> = {
  'try-out': ['tryOut.password=only-for-this-check', 'console.token=only-for-this-check'],
};

export interface Example {
  name: string;
  /** Arguments of helm. */
  args: string[];
}

/** The value files under examples/, as helm takes them. */
export const examples = (): Example[] =>
  readdirSync(path.join(CHART, 'examples')).map((file) => {
    const name = path.basename(file, '.yaml');
    const drawn = (DRAWN[name] ?? []).flatMap((value) => ['--set', value]);
    return { name, args: ['--values', path.join(CHART, 'examples', file), ...drawn] };
  });
