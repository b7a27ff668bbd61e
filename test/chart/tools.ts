import type { GoProgram } from '@alexnet/local';
import { provisionGoProgram } from '@alexnet/local';

/** What checks the chart, as infra/downloads.json pins it. */
const PROGRAMS = {
  helm: {
    program: 'helm',
    module: 'helm.sh/helm/v4',
    folder: 'cmd/helm',
    version: '4.3.2',
    buildTime: '3 minutes',
  },
  kubeconform: {
    ...{ program: 'kubeconform', module: 'github.com/yannh/kubeconform', folder: 'cmd/kubeconform' },
    ...{ version: '0.8.0', buildTime: '10 seconds' },
  },
  unittest: {
    ...{
      program: 'helm-unittest',
      module: 'github.com/helm-unittest/helm-unittest',
      folder: 'cmd/helm-unittest',
    },
    ...{ version: '1.1.2', buildTime: '2 minutes' },
  },
  score: {
    ...{ program: 'kube-score', module: 'github.com/zegl/kube-score', folder: 'cmd/kube-score' },
    ...{ version: '1.20.0', buildTime: '1 minute' },
  },
  docs: {
    ...{ program: 'helm-docs', module: 'github.com/norwoodj/helm-docs', folder: 'cmd/helm-docs' },
    ...{ version: '1.14.2', buildTime: '20 seconds' },
  },
} as const satisfies Record<string, GoProgram>;

/** Modules that have the custom resources, and where. */
export const RESOURCES = [
  { module: 'github.com/kedacore/keda/v2@v2.21.0', folder: 'config/crd/bases' },
  {
    module: 'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    folder: 'example/prometheus-operator-crd',
  },
] as const;

/** The full paths of the programs. */
export type Tools = Record<keyof typeof PROGRAMS, string>;

/**
 * Builds what is not in the cache yet.
 * @throws PROVISION_FAILED
 */
export async function prepareTools(cacheDir: string): Promise<Tools> {
  const onProgress = (line: string): void => console.error(line);
  const tools: [string, string][] = [];
  // One after the other: each of them uses every core.
  for (const [name, program] of Object.entries(PROGRAMS)) {
    const { file } = await provisionGoProgram(program, { cacheDir, onProgress });
    tools.push([name, file]);
  }
  return Object.fromEntries(tools) as Tools;
}
