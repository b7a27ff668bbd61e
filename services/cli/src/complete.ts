import withCommander from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { COMMANDS, declareCommand } from './commands/index.ts';

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
  withCommander(program, { completionCommandName: 'completion' }).parse(words);
}
