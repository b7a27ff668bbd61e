import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** JSON lines on stderr. stdout stays free for what a command prints. Secrets never reach a log line by name. */
export function createLogger(name: string, level = 'info'): Logger {
  return pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: ['secretAccessKey', '*.secretAccessKey', 'password', '*.password', 'token', '*.token'],
      },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}
