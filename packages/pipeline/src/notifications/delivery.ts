import { createHmac } from 'node:crypto';
import { AlexnetError, firstAborted, messageOf, notifyKey, shownNotifyUrl } from '@alexnet/core';
import type { Config, Logger } from '@alexnet/core';
import { RequeueJob, type Handlers, type JobData } from '@alexnet/queues';

/** For the receiver to answer. */
const ANSWER_MS = 10_000;
/** Deliveries at the same time, so that a slow receiver does not hold up the others. */
export const DELIVERIES_AT_ONCE = 4;

/** The `notifications` queue: webhooks by the Standard Webhooks specification. */
export function notificationHandlers(
  { notifySecret }: Pick<Config, 'notifySecret'>,
  log: Logger,
): Handlers<'notifications'> {
  return {
    async deliver(notification, { signal }) {
      try {
        await deliver(notification, { secret: notifySecret, signal });
      } catch (error) {
        throw signal.aborted ? new RequeueJob() : error;
      }
      log.info({ notification: notification.id, receiver: shownNotifyUrl(notification.url) }, 'notified');
      return undefined;
    },
  };
}

interface DeliveryOptions {
  /** `whsec_…`; without one the notification is not signed. */
  secret: string | undefined;
  signal: AbortSignal;
}

/**
 * Posts a notification. What the receiver answers does not matter, except for the status. Redirects are not followed.
 * @throws NOTIFICATION_FAILED
 */
async function deliver(
  { url, id, body }: JobData<'notifications', 'deliver'>,
  { secret, signal }: DeliveryOptions,
): Promise<void> {
  const { address, authorization } = withoutLogin(url);
  const late = AbortSignal.timeout(ANSWER_MS);
  const failed = (actual: string, cause?: unknown): AlexnetError =>
    notDelivered(shownNotifyUrl(url), actual, cause);
  const response = await fetch(address, {
    method: 'POST',
    redirect: 'manual',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'alexnet',
      ...authorization,
      ...signatureHeaders(id, body, { secret, at: Date.now() }),
    },
    body,
    signal: firstAborted(signal, late),
  }).catch((error: unknown) => {
    throw failed(late.aborted ? 'no answer' : reasonOf(error), error);
  });
  await response.body?.cancel();
  if (!response.ok) throw failed(`the status ${response.status}`);
}

/**
 * The headers of the Standard Webhooks specification.
 * @param at time of the attempt, in milliseconds since 1970
 */
export function signatureHeaders(
  id: string,
  body: string,
  { secret, at }: { secret: string | undefined; at: number },
): Record<string, string> {
  const timestamp = Math.floor(at / 1000);
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(timestamp) };
  if (secret === undefined) return headers;
  const signature = createHmac('sha256', notifyKey(secret))
    .update(`${id}.${timestamp}.${body}`)
    .digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}

/** `fetch` refuses an address with a login; it belongs into a header. */
function withoutLogin(url: string): { address: URL; authorization: Record<string, string> } {
  const address = new URL(url);
  const login = [address.username, address.password].map(decodeURIComponent).join(':');
  [address.username, address.password] = ['', ''];
  if (login === ':') return { address, authorization: {} };
  return { address, authorization: { authorization: `Basic ${Buffer.from(login).toString('base64')}` } };
}

/** `fetch` says only that it failed; its cause says why, sometimes without a message. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as NodeJS.ErrnoException | undefined) : undefined;
  return (
    [cause?.message, cause?.code, messageOf(error)].find((text) => text !== undefined && text !== '') ?? ''
  );
}

function notDelivered(receiver: string, actual: string, cause: unknown): AlexnetError {
  return new AlexnetError('NOTIFICATION_FAILED', {
    expected: `${receiver} to answer with a status of 2xx within ${ANSWER_MS / 1000} s`,
    actual,
    remedy:
      'It is sent again with growing pauses, 15 times in about nine hours. See whether the receiver runs, and whether its address is right.',
    cause,
  });
}
