import type { Command } from 'commander';
import pc from 'picocolors';
import {
  findProfile,
  profileEntries,
  profileOf,
  PROFILES,
  resolveProfile,
  type ProfileEntry,
} from '@alexnet/model';
import { action, assignmentsOption, type CommandContext } from '../command.ts';
import { table, wrap } from '../ui/format.ts';

export function register(command: Command): void {
  action<[], object>(command.command('list').description('list the profiles'), 'profile list', list);
  action<[string], { set: string[] }>(
    command
      .command('show')
      .argument('[profile]', 'its name', 'paper')
      .description('every key of a profile: its value, what it may be, what it means, where it comes from')
      .addOption(assignmentsOption()),
    'profile show demo',
    show,
  );
}

function list({ output }: CommandContext): Promise<void> {
  const profiles = PROFILES.map(({ name, summary, base }) => ({ name, summary, base: base?.name ?? null }));
  const rows = profiles.map(({ name, base, summary }) => [name, base ?? '–', summary]);
  output.result(profiles, table(['profile', 'based on', 'for'], rows));
  return Promise.resolve();
}

function show({ output }: CommandContext, [name]: [string], { set }: { set: string[] }): Promise<void> {
  const definition = findProfile(name);
  const profile = resolveProfile(name, set);
  const entries = profileEntries(profile, definition, profileOf(definition));
  const { summary, base } = definition;
  const head = `${pc.bold(name)}  ${summary}${base === undefined ? '' : `; based on ${base.name}`}`;
  output.result(
    { name, summary, base: base?.name ?? null, values: profile, keys: entries },
    [head, '', ...entries.map(describe), '', 'Change a key with --set KEY=VALUE.'].join('\n'),
  );
  return Promise.resolve();
}

/** Key, value and range on one line, meaning and source below. */
function describe({ key, value, type, meaning, source }: ProfileEntry): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const from = `${source.profile}: ${source.source}`;
  return [
    `${pc.bold(key)} = ${pc.cyan(text)}  ${pc.dim(`(${type})`)}`,
    ...wrap(meaning, 4),
    ...wrap(from, 4).map((line) => pc.dim(line)),
  ].join('\n');
}
