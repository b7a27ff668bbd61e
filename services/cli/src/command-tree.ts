import { Command } from 'commander';
import { COMMANDS } from './commands/index.ts';

/** Every command with everything it needs, loaded: for what describes them all. */
export async function loadCommandTree(): Promise<Command> {
  const program = new Command('alexnet');
  for (const { name, group, summary, load } of COMMANDS) {
    const command = program.command(name).description(summary).helpGroup(group);
    (await load()).register(command);
  }
  return program;
}
