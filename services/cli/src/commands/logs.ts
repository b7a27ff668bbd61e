import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { AlexnetError } from '@alexnet/core';
import { action, wholeNumber, type CommandContext } from '../command.ts';
import {
  byTime,
  LEVELS,
  logFormatter,
  parseLogLine,
  type Level,
  type LogRecord,
} from '../logs/log-record.ts';
import { findLogs, LogTail } from '../logs/log-tail.ts';
import { findStateFolder } from '../stack/state-folder.ts';
import type { Output } from '../ui/output.ts';

interface LogsOptions {
  follow?: boolean;
  lines: number;
  level: Level;
}

const POLL_MS = 250;
/** What runs log: servers have logs of their own, which are shown when they are named. */
const SERVICE = /^(worker-\d+|trainer)$/;

export function register(command: Command): void {
  action<[string?], LogsOptions>(
    command
      .argument(
        '[name]',
        'worker-1, trainer, redis, redis-slices, minio or a run (default: workers and trainer)',
      )
      .option('-f, --follow', 'stay and show new lines')
      .addOption(
        wholeNumber('-n, --lines <n>', 'lines to begin with', { least: 0, most: 100_000 }).default(100),
      )
      .addOption(
        new Option('--level <level>', 'least severe level that is shown')
          .choices(Object.keys(LEVELS))
          .default('info'),
      ),
    'logs trainer --follow',
    logs,
  );
}

async function logs(context: CommandContext, [name]: [string?], options: LogsOptions): Promise<void> {
  const { output, signal } = context;
  const folder = findStateFolder();
  const files = findLogs(folder);
  const chosen = chooseLogs(folder, files, name);
  const tails = chosen.processes.map((process) => ({ process, tail: new LogTail(files.get(process) ?? '') }));
  const read = (): LogRecord[] =>
    byTime(
      tails.map(({ process, tail }) =>
        tail
          .read()
          .map((line) => parseLogLine(process, line))
          .filter((record) => isWanted(record, chosen.run, options.level)),
      ),
    );
  const first = read().slice(-options.lines || Infinity);
  const shown = options.lines === 0 ? [] : first;
  if (options.follow !== true) {
    const format = logFormatter(process.stdout.isTTY);
    output.result(shown.map(asJson), shown.map(format).join('\n') || nothingLogged(folder, name));
    return;
  }
  print(output, shown);
  while (!signal.aborted) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    print(output, read());
  }
}

/** The processes to show, and the run whose lines alone are wanted. @throws USAGE for a name that is neither */
function chooseLogs(
  folder: string,
  files: ReadonlyMap<string, string>,
  name: string | undefined,
): { processes: string[]; run: string | undefined } {
  const services = [...files.keys()].filter((each) => SERVICE.test(each));
  if (name === undefined) return { processes: services, run: undefined };
  if (files.has(name)) return { processes: [name], run: undefined };
  if (services.some((each) => mentionsRun(files.get(each) ?? '', each, name)))
    return { processes: services, run: name };
  throw new AlexnetError('USAGE', {
    expected: `a process or run that has logged something in ${folder}: ${[...files.keys()].join(', ') || 'none has yet'}`,
    actual: name,
    remedy: 'Other machines keep their own logs: look there, e.g. with `journalctl` or `kubectl logs`.',
  });
}

const mentionsRun = (file: string, process: string, run: string): boolean =>
  new LogTail(file).read().some((line) => parseLogLine(process, line).run === run);

/** A line without a level belongs to what was logged before it, or to a server: it is shown unless a run is asked for. */
const isWanted = ({ run, level }: LogRecord, wanted: string | undefined, least: Level): boolean =>
  (wanted === undefined || run === wanted) && (level === undefined || level >= LEVELS[least]);

const asJson = ({ process, line, fields }: LogRecord): object => ({
  process,
  ...(fields ?? { msg: line }),
});

/** While following, a JSON object for each line. */
function print({ json }: Output, records: readonly LogRecord[]): void {
  const format = logFormatter(process.stdout.isTTY);
  for (const record of records)
    process.stdout.write(`${json ? JSON.stringify(asJson(record)) : format(record)}\n`);
}

const nothingLogged = (folder: string, name: string | undefined): string =>
  `Nothing is logged ${name === undefined ? '' : `of ${name} `}in ${folder}.`;
