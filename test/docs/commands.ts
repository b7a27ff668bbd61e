import type { Command, Option } from 'commander';
import { loadCommandTree } from '@alexnet/cli/testing';

/** A command that does something, not one that only has others below it. */
interface Leaf {
  /** Its full name, e.g. `dataset add`. */
  name: string;
  group: string;
  command: Command;
}

async function leaves(): Promise<Leaf[]> {
  const program = await loadCommandTree();
  return program.commands.flatMap((command) => {
    const group = command.helpGroup().replace(/:$/, '');
    if (command.commands.length === 0) return [{ name: command.name(), group, command }];
    return command.commands.map((child) => ({
      name: `${command.name()} ${child.name()}`,
      group,
      command: child,
    }));
  });
}

const byGroup = (all: readonly Leaf[]): [string, Leaf[]][] =>
  [...new Set(all.map(({ group }) => group))].map((group) => [
    group,
    all.filter((leaf) => leaf.group === group),
  ]);

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

const anchor = (name: string): string => name.replaceAll(' ', '-');

/** The table of the README: every command in a line. */
export async function commandTable(): Promise<string> {
  const rows = byGroup(await leaves()).flatMap(([group, commands]) =>
    commands.map(({ name, command }, at) => {
      const link = `[\`${name}\`](docs/commands.md#${anchor(name)})`;
      return `| ${at === 0 ? group : ''} | ${link} | ${cell(command.description())} |`;
    }),
  );
  return ['| | command | does |', '| --- | --- | --- |', ...rows].join('\n');
}

/** docs/commands.md: every command with its arguments, options and example. */
export async function commandReference(): Promise<string> {
  const sections = byGroup(await leaves()).flatMap(([group, commands]) => [
    `## ${group}`,
    ...commands.map((leaf) => describe(leaf)),
  ]);
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

const INTRODUCTION = `# Commands

Generated from the commands by \`npm run docs\`; \`--help\` of each command says the same.

Every command takes \`--json\`: one JSON document on stdout, everything else on stderr. Exit codes: 0 done, 1 it failed,
2 wrong usage. Errors have stable codes: [errors.md](errors.md).`;

function describe({ name, command }: Leaf): string {
  const { description, example } = { description: command.description(), example: exampleOf(command) };
  const options = command.options.filter(({ long, hidden }) => long !== '--json' && !hidden);
  return [
    `### ${name}`,
    `${description.charAt(0).toUpperCase()}${description.slice(1)}.`,
    ['```text', `alexnet ${name} ${command.usage()}`.trimEnd(), '```'].join('\n'),
    ...(options.length === 0
      ? []
      : [['| option | meaning |', '| --- | --- |', ...options.map(optionRow)].join('\n')]),
    ...(example === undefined ? [] : [`Example: \`${example}\``]),
  ].join('\n\n');
}

function optionRow({ flags, description, defaultValue, argChoices, mandatory }: Option): string {
  const isStated = description.includes('default');
  const notes = [
    ...(mandatory ? ['required'] : []),
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
    ...(defaultValue === undefined || isStated || isEmpty(defaultValue)
      ? []
      : [`default ${String(defaultValue)}`]),
  ];
  const suffix = notes.length === 0 ? '' : ` (${notes.join('; ')})`;
  return `| ${`\`${flags}\``.replaceAll('|', '\\|')} | ${cell(description)}${cell(suffix)} |`;
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

/** The example that a command's help ends with. */
function exampleOf(command: Command): string | undefined {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return /^ {2}\$ (.*)$/m.exec(text)?.[1];
}
