import withCommander from '@bomb.sh/tab/commander';
import { Command } from 'commander';
import { COMMANDS } from './commands/index.ts';

/**
 * Prints what can follow `words`, as the scripts of `alexnet completion` ask. They do so at every press of Tab, so only
 * the command that is named is loaded.
 */
export async function complete(words: string[]): Promise<void> {
  const program = new Command('alexnet');
  for (const { name, summary, load } of COMMANDS) {
    // The library adds this one itself.
    if (name === 'completion') continue;
    const command = program.command(name).description(summary);
    if (name === words[0]) (await load()).register(command);
  }
  withCommander(program, { completionCommandName: 'completion' }).parse(words);
}
