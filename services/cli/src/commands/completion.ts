import tab from '@bomb.sh/tab';
import { Argument, type Command } from 'commander';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Not through `action`: it prints a script, whatever the configuration is. */
export function register(command: Command): void {
  command
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .addHelpText('after', '\nExample:\n  $ source <(alexnet completion bash)\n')
    .action((shell: (typeof SHELLS)[number]) => tab.setup('alexnet', 'alexnet', shell));
}
