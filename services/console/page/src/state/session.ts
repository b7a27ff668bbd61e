import { effect, signal } from '@preact/signals';
import { get } from '../api/client.ts';
import { connectionLost } from '../api/connection.ts';
import type { Session } from '../api/types.ts';

export const session = signal<Session | undefined>(undefined);

export const LOCKED = 'This browser may only look. To change things, open the link that alexnet up printed.';

const RETRY_MS = 2_000;

/** Asks once, and again after a lost connection: the server may be another version, with another token. */
export function startSession(): void {
  let wasLost = true;
  effect(() => {
    const isLost = connectionLost.value;
    if (wasLost && !isLost) void load();
    wasLost = isLost;
  });
}

async function load(): Promise<void> {
  try {
    session.value = await get<Session>('session');
  } catch {
    setTimeout(() => void load(), RETRY_MS);
  }
}
