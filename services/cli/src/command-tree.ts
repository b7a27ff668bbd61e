import { Command } from 'commander';
import { COMMANDS, declareCommand } from './commands/index.ts';

/** Every command with everything it needs, loaded: for what describes them all. */
export async function loadCommandTree(): Promise<Command> {
  const program = new Command('alexnet');
  for (const entry of COMMANDS) (await entry.load()).register(declareCommand(program, entry));
  return program;
}
