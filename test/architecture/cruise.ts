import { createRequire } from 'node:module';
import { cruise, type ICruiseResult, type ICruiseOptions, type IForbiddenRuleType } from 'dependency-cruiser';

interface Configuration {
  forbidden: (IForbiddenRuleType & { name: string })[];
  options: ICruiseOptions;
}

const { forbidden, options } = createRequire(import.meta.url)(
  '../../.dependency-cruiser.cjs',
) as Configuration;

export const RULES = forbidden.map(({ name, severity }) => ({ name, severity }));

/** Reads the imports of a repository's sources and holds them against the rules of `.dependency-cruiser.cjs`. */
export async function cruiseRepository(root: string): Promise<ICruiseResult> {
  const { output } = await cruise(['packages', 'services', 'infra/local', 'test'], {
    ...options,
    baseDir: root,
    validate: true,
    ruleSet: { forbidden },
  });
  return output as ICruiseResult;
}
