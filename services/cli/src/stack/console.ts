import { randomBytes } from 'node:crypto';
import { freePort } from '@alexnet/local';

/** Where the console of a stack is, and the token that changes need. */
export interface StackConsole {
  address: string;
  token: string;
}

export const CONSOLE_PORT = 4600;
const HOST = '127.0.0.1';

/** An address for the console of a stack: the usual port, or another one where that is taken, and a new token. */
export async function chooseConsole(): Promise<StackConsole> {
  const port = await freePort(CONSOLE_PORT);
  return { address: `http://${HOST}:${port}`, token: randomBytes(16).toString('base64url') };
}

export const consoleArguments = ({ address }: StackConsole): string[] => [
  ...['--host', HOST],
  ...['--port', new URL(address).port],
];

/** The link that keeps the token in a cookie, and goes to the page. */
export const loginLink = ({ address, token }: StackConsole): string =>
  `${address}/login?token=${encodeURIComponent(token)}`;
