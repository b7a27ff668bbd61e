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
  // What is no process is taken for a run, whose lines are among those of the services.
  const isProcess = name !== undefined && files.has(name);
  const run = isProcess ? undefined : name;
  const processes = isProcess ? [name] : [...files.keys()].filter((each) => SERVICE.test(each));
  const tails = processes.map((process) => ({ process, tail: new LogTail(files.get(process) ?? '') }));
  const read = (): LogRecord[] =>
    byTime(tails.map(({ process, tail }) => tail.read().map((line) => parseLogLine(process, line))));
  const wanted = (records: LogRecord[]): LogRecord[] =>
    records.filter((record) => isWanted(record, run, options.level));
  const first = read();
  if (run !== undefined && !first.some((record) => record.run === run)) throw unknownName(folder, files, run);
  const shown = options.lines === 0 ? [] : wanted(first).slice(-options.lines);
  const format = logFormatter(process.stdout.isTTY);
  if (options.follow !== true) {
    output.result(shown.map(asJson), shown.map(format).join('\n') || nothingLogged(folder, name));
    return;
  }
  print(output, shown, format);
  while (!signal.aborted) {
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
    print(output, wanted(read()), format);
  }
}

const unknownName = (folder: string, files: ReadonlyMap<string, string>, name: string): AlexnetError =>
  new AlexnetError('USAGE', {
    expected: `a process or run that has logged something in ${folder}: ${[...files.keys()].join(', ') || 'none has yet'}`,
    actual: name,
    remedy: 'Other machines keep their own logs: look there, e.g. with `journalctl` or `kubectl logs`.',
  });

/** A line without a level belongs to what was logged before it, or to a server: it is shown unless a run is asked for. */
const isWanted = ({ run, level }: LogRecord, wanted: string | undefined, least: Level): boolean =>
  (wanted === undefined || run === wanted) && (level === undefined || level >= LEVELS[least]);

const asJson = ({ process, line, fields }: LogRecord): object => ({
  process,
  ...(fields ?? { msg: line }),
});

/** While following, a JSON object for each line. */
function print({ json }: Output, records: readonly LogRecord[], format: (record: LogRecord) => string): void {
  for (const record of records)
    process.stdout.write(`${json ? JSON.stringify(asJson(record)) : format(record)}\n`);
}

const nothingLogged = (folder: string, name: string | undefined): string =>
  `Nothing is logged ${name === undefined ? '' : `of ${name} `}in ${folder}.`;
