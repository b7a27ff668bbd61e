import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import pc from 'picocolors';
import { messageOf, type Config } from '@alexnet/core';
import { checkMinioProgram, checkRedisProgram, type DoctorCheck } from '@alexnet/local';
import { openPipeline } from '@alexnet/pipeline';
import { redisAddress } from '@alexnet/redis';
import { checkTensorflow } from '@alexnet/tensorflow';
import { action } from '../command.ts';

export function register(command: Command): void {
  action<[], object>(command, 'doctor', async ({ config, output }) => {
    const checks = [
      checkNode(),
      checkCommand(
        'Python 3 with pip',
        'python3',
        ['-m', 'pip', '--version'],
        'apt-get install python3 python3-pip',
      ),
      checkCommand('C++ compiler', 'c++', ['--version'], 'apt-get install g++'),
      { name: 'TensorFlow', ...checkTensorflow(config.cacheDir) },
      await checkRedisProgram(config.cacheDir),
      await checkMinioProgram(config.cacheDir),
      await checkConnections(config),
    ];
    const ok = checks.every((check) => check.ok);
    output.result({ ok, checks }, checks.map(describe).join('\n'));
    if (!ok) process.exitCode = 1;
  });
}

const OLDEST_NODE = [20, 19] as const;

function checkNode(): DoctorCheck {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return {
    name: 'Node.js',
    ok,
    detail: process.version,
    ...(ok ? {} : { fix: `install Node.js ${OLDEST_NODE.join('.')} or newer` }),
  };
}

function checkCommand(name: string, command: string, args: string[], fix: string): DoctorCheck {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return { name, ok: true, detail: stdout.split('\n')[0] ?? '' };
  return { name, ok: false, detail: `\`${command} ${args.join(' ')}\` does not run`, fix };
}

async function checkConnections(config: Config): Promise<DoctorCheck> {
  const name = 'Redis and object store';
  try {
    const pipeline = await openPipeline(config);
    await pipeline.lifecycle.close();
    return { name, ok: true, detail: `${redisAddress(config.redisUrl)}, ${config.storageUrl}` };
  } catch (error) {
    return {
      name,
      ok: false,
      detail: messageOf(error),
      fix: 'npx alexnet up, or set REDIS_URL and STORAGE_URL',
    };
  }
}

function describe({ name, ok, detail, fix }: DoctorCheck): string {
  const line = `${ok ? pc.green('✓') : pc.red('✗')} ${pc.bold(name)}  ${detail}`;
  return ok ? line : `${line}\n    ${pc.yellow(fix ?? '')}`;
}
