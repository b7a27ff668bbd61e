/**
 * `npm run chart [-- --write]`: checks the Helm chart with helm, kubeconform, helm-unittest, kube-score and helm-docs, which Go
 * builds into the cache. Ends with 1 where one of them finds something. With --write, writes the table of values.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig, messageOf } from '@alexnet/core';
import { parseAllDocuments } from 'yaml';
import { formatDocument } from '../docs/generated.ts';
import { parseArguments } from '../support/command-line.ts';
import { setExitCode } from '../support/program.ts';
import { run } from '../support/run.ts';
import { CHART, examples } from './chart.ts';
import { KUBERNETES, prepareSchemas } from './schemas.ts';
import { prepareTools } from './tools.ts';

const README = path.join(CHART, 'README.md');
const RELEASE = ['alexnet', CHART, '--namespace', 'training'];
/** It wants an id above 10,000. */
const NOT_ASKED = 'container-security-context-user-group-id';

/** @returns the exit code */
async function main(): Promise<number> {
  const { values } = parseArguments(process.argv.slice(2), '[--write]', {
    write: { type: 'boolean', default: false },
  });
  const tools = await prepareTools(loadConfig().cacheDir);
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-chart-'));
  const report = new Report();
  try {
    const table = await valuesTable(tools.docs);
    if (values.write) await writeFile(README, table);
    else report.add('helm-docs', 'README.md', compare(await readFile(README, 'utf8'), table));
    const schemas = await prepareSchemas(path.join(folder, 'schemas'));
    report.add('helm lint --strict', 'without values', await ask(tools.helm, ['lint', '--strict', CHART]));
    for (const { name, args } of examples()) {
      report.add('helm lint --strict', name, await ask(tools.helm, ['lint', '--strict', CHART, ...args]));
      const failures: string[] = [];
      const file = path.join(folder, `${name}.yaml`);
      for (const version of KUBERNETES) {
        const { status, stdout, tail } = await run(tools.helm, [
          ...['template', ...RELEASE, ...args, '--kube-version', version],
        ]);
        if (status !== 0) failures.push(`helm template, Kubernetes ${version}: ${tail}`);
        await writeFile(file, stdout);
        const locations = [schemas.kubernetes(version), schemas.custom];
        const problem = await ask(tools.kubeconform, [
          ...['-strict', '-summary', '-kubernetes-version', `${version}.0`],
          ...locations.flatMap((location) => ['-schema-location', location]),
          file,
        ]);
        if (problem !== undefined) failures.push(`Kubernetes ${version}: ${problem}`);
      }
      report.add(
        `kubeconform -strict, ${KUBERNETES[0]} to ${KUBERNETES.at(-1) ?? ''}`,
        name,
        failures.join('\n') || undefined,
      );
      const score = ['score', '--output-format', 'ci', '--ignore-test', NOT_ASKED, file];
      report.add('settings of pods', name, settingsProblem(await readFile(file, 'utf8')));
      report.add('kube-score', name, criticalOf(await run(tools.score, score)));
    }
    console.log(
      `        kube-score was not asked for ${NOT_ASKED}: the images run as the user 1000, who owns their files`,
    );
    report.add('helm-unittest', 'tests/', await unitTests(tools.unittest));
    return report.finish();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A row for each check, and what is wrong beneath. */
class Report {
  #failed = 0;
  #passed = 0;

  /** @param problem what is wrong, if anything */
  add(check: string, what: string, problem: string | undefined): void {
    console.log(`${problem === undefined ? 'ok    ' : 'FAILED'}  ${check.padEnd(34)}  ${what}`);
    if (problem === undefined) this.#passed++;
    else this.#failed++;
    for (const line of problem?.split('\n') ?? []) console.log(`          ${line}`);
  }

  /** @returns the exit code */
  finish(): number {
    console.log(`${this.#passed} passed, ${this.#failed} failed`);
    if (this.#failed > 0)
      console.log('Each line above says what is wrong. Correct the chart, then run `npm run chart` again.');
    return Math.min(this.#failed, 1);
  }
}

/** @returns what the program says if it fails */
async function ask(program: string, args: string[]): Promise<string | undefined> {
  const { status, tail } = await run(program, args);
  return status === 0
    ? undefined
    : `expected ${path.basename(program)} to end with 0, but it ended with ${status}:\n${tail}`;
}

/** It ends with 1 for a warning too. */
function criticalOf({ stdout, tail }: { stdout: string; tail: string }): string | undefined {
  if (!stdout.includes('[OK]')) return `expected results, but it said: ${tail}`;
  const critical = stdout.split('\n').filter((line) => line.startsWith('[CRITICAL]'));
  return critical.length === 0
    ? undefined
    : `expected no critical finding, but there are:\n${critical.join('\n')}`;
}

interface Manifest {
  kind?: string;
  metadata?: { name: string };
  data?: Record<string, string>;
}

/** @returns what a process would say of the variables in the chart's ConfigMap and Secret */
function settingsProblem(text: string): string | undefined {
  const manifests = parseAllDocuments(text).map((document) => (document.toJS() ?? {}) as Manifest);
  const own = manifests.filter(({ metadata }) => metadata?.name === RELEASE[0]);
  const plain = own.find(({ kind }) => kind === 'ConfigMap')?.data ?? {};
  const secret = own.find(({ kind }) => kind === 'Secret')?.data ?? {};
  const decoded = Object.entries(secret).map(([name, value]) => [
    name,
    Buffer.from(value, 'base64').toString(),
  ]);
  try {
    loadConfig({ HOME: '/', ...plain, ...(Object.fromEntries(decoded) as Record<string, string>) });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function unitTests(program: string): Promise<string | undefined> {
  const { status, stdout, tail } = await run(program, ['--strict', CHART]);
  const counts = stdout.split('\n').filter((line) => /^(Tests|Test Suites):/.test(line));
  for (const line of counts) console.log(`          ${line}`);
  if (status === 0) return undefined;
  const wrong = stdout.split('\n').filter((line) => !/^ PASS/.test(line));
  return `expected all cases to pass:\n${wrong.join('\n') || tail}`;
}

/** The README of the chart, whose table of values helm-docs makes from the comments of values.yaml. */
async function valuesTable(program: string): Promise<string> {
  const { status, stdout, tail } = await run(program, [
    ...['--chart-search-root', CHART, '--template-files', 'README.md.gotmpl'],
    ...['--sort-values-order', 'file', '--dry-run', '--log-level', 'error'],
  ]);
  if (status !== 0) throw new Error(`helm-docs: ${tail}`);
  return await formatDocument('infra/helm/alexnet/README.md', stdout);
}

function compare(actual: string, expected: string): string | undefined {
  if (actual === expected) return undefined;
  const lines = actual.split('\n');
  const missing = expected.split('\n').filter((line) => !lines.includes(line));
  return `expected what values.yaml says, but these lines are missing (\`npm run chart -- --write\` writes them):\n${missing.slice(0, 8).join('\n')}`;
}

await setExitCode(main);
