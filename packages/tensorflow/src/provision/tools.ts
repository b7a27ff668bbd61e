import { AlexnetError, runCommand } from '@alexnet/core';

export interface Tools {
  python: string;
  compiler: string;
}

/**
 * The programs that the set-up needs, all looked for before anything is downloaded.
 * @throws PYTHON_MISSING, or PROVISION_FAILED naming every one that is missing
 */
export async function findTools(): Promise<Tools> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new AlexnetError('PROVISION_FAILED', {
      expected: 'Linux on x86_64, the only system that is supported',
      actual: `${process.platform} on ${process.arch}`,
      remedy: 'Use such a machine or a container on one.',
    });
  }
  const python = process.env['PYTHON'] ?? 'python3';
  const pip = await runCommand(python, ['-m', 'pip', '--version']);
  const candidates = [process.env['CXX'], 'c++', 'g++', 'clang++'].filter((name) => name !== undefined);
  let compiler: string | undefined;
  for (const candidate of candidates) {
    if ((await runCommand(candidate, ['--version'])).status === 0) {
      compiler = candidate;
      break;
    }
  }
  if (pip.status === 0 && compiler !== undefined) return { python, compiler };
  const reasons = [];
  if (pip.status !== 0) reasons.push(`\`${python} -m pip --version\` failed: ${pip.tail}`);
  if (compiler === undefined) reasons.push(`none of ${candidates.join(', ')} runs`);
  throw new AlexnetError(compiler === undefined ? 'PROVISION_FAILED' : 'PYTHON_MISSING', {
    expected: 'Python 3 with pip, and a C++17 compiler',
    actual: reasons.join('; '),
    remedy:
      'Install them, on Debian or Ubuntu with `apt-get install -y python3-pip g++`, and run `npx alexnet setup tensorflow` again.',
  });
}
