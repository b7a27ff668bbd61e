import type { Command } from 'commander';
import pc from 'picocolors';
import * as z from 'zod';
import { action, wholeNumber, type CommandContext } from '../command.ts';
import { CONSOLE_PORT, loginLink } from '../stack/console.ts';
import { runInForeground, SERVICE_STOP_MS } from '../stack/foreground.ts';
import { facts } from '../ui/format.ts';

interface ConsoleOptions {
  host: string;
  port: number;
}

export function register(command: Command): void {
  action<[], ConsoleOptions>(
    command
      .option(
        '--host <address>',
        'address to listen on; on another than loopback everything needs the token',
        '127.0.0.1',
      )
      .addOption(
        wholeNumber('--port <port>', 'port to listen on; 0 takes a free one', {
          least: 0,
          most: 65_535,
        }).default(CONSOLE_PORT),
      ),
    'console --port 4600',
    runConsole,
    { stopMs: SERVICE_STOP_MS },
  );
}

/** What the service says when it listens. */
const Listening = z.object({ console: z.object({ address: z.string(), token: z.string() }) });

async function runConsole(context: CommandContext, _: [], { host, port }: ConsoleOptions): Promise<void> {
  const { output } = context;
  await runInForeground('console', ['--host', host, '--port', String(port)], context, (message) => {
    const { data } = Listening.safeParse(message);
    if (data === undefined) return;
    const { address, token } = data.console;
    output.result(
      { address, token },
      [
        pc.bold('The console runs.'),
        facts([
          ['look', address],
          ['change', loginLink({ address, token })],
        ]),
        'Ctrl-C stops it.',
      ].join('\n'),
    );
  });
}
