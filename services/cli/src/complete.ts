import type { Argument, Command as TabCommand, Option } from '@bomb.sh/tab';
import withCommander from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { COMMANDS, declareCommand } from './commands/index.ts';
import type { StoredNames } from './stored-names.ts';

/**
 * Prints what can follow `words`, as the scripts of `alexnet completion` ask. They do so at every press of Tab, so only
 * the command that is named is loaded.
 */
export async function complete(words: string[]): Promise<void> {
  const program = new Command('alexnet');
  // The library adds that one itself.
  for (const entry of COMMANDS.filter(({ name }) => name !== 'completion')) {
    const command = declareCommand(program, entry);
    if (entry.name === words[0]) (await entry.load()).register(command);
  }
  const tab = withCommander(program, { completionCommandName: 'completion' });
  const places = [...tab.commands.values()].flatMap((command) => placesOfNames(command));
  if (places.length > 0) {
    const { readStoredNames } = await import('./stored-names.ts');
    const names = await readStoredNames();
    for (const { place, kind } of places)
      place.handler = (offer) => names[kind].forEach((name) => offer(name, ''));
  }
  tab.parse(words);
}

type Place = Argument | Option;

/** Where a command takes the name of a run or dataset that exists. A run that is started gets a new name. */
function placesOfNames({
  value: path,
  arguments: given,
  options,
}: TabCommand): { place: Place; kind: keyof StoredNames }[] {
  const found: [Place | undefined, keyof StoredNames][] = [
    [given.get('run') ?? given.get('runs'), 'runs'],
    [path.startsWith('dataset ') && path !== 'dataset add' ? given.get('name') : undefined, 'datasets'],
    [path === 'train' ? undefined : options.get('run'), 'runs'],
    [options.get('from'), 'runs'],
    [options.get('dataset'), 'datasets'],
  ];
  return found.flatMap(([place, kind]) => (place === undefined ? [] : [{ place, kind }]));
}
