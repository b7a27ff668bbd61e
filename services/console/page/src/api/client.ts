import type { ApiError } from './types.ts';
import { connectionLost } from './connection.ts';

/** An answer of the API that is an error: what was expected, what was found, and what to do. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly status: number;
  readonly details: ApiError['error'];
  constructor(status: number, details: ApiError['error']) {
    super(details.message);
    this.status = status;
    this.details = details;
  }
}

/** The server did not answer. */
export class NoAnswer extends Error {
  override name = 'NoAnswer';
}

export const apiUrl = (path: string): string => `/api/v1/${path}`;

/** A path below /api/v1, with its parts encoded: apiPath`runs/${run}/events`. */
export function apiPath(texts: TemplateStringsArray, ...parts: readonly (string | number)[]): string {
  return texts.reduce((path, text, i) => path + encodeURIComponent(parts[i - 1] ?? '') + text);
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<T> =>
  request<T>(path, signal === undefined ? {} : { signal });

export const post = <T>(path: string, body: unknown = {}): Promise<T> =>
  request<T>(path, withBody('POST', body));

/** Sends the bytes of a file. */
export const sendFile = <T>(path: string, file: File, signal: AbortSignal): Promise<T> =>
  request<T>(path, {
    ...{ method: 'POST', body: file, signal },
    headers: { 'content-type': 'application/octet-stream' },
  });

/** Removes what has this name. The name is sent again: what is removed does not come back. */
export const remove = (path: string, name: string): Promise<unknown> =>
  request(path, withBody('DELETE', { confirm: name }));

const withBody = (method: string, body: unknown): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** @throws ApiProblem, or NoAnswer, or the reason why it was aborted */
async function request<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetchOrLose(apiUrl(path), init);
  const text = await response.text();
  const body = parseJson(text);
  if (!response.ok) throw problemOf(response, body);
  connectionLost.value = false;
  return body as T;
}

async function fetchOrLose(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    connectionLost.value = true;
    throw new NoAnswer('The server does not answer.');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(response: Response, body: unknown): Error {
  if (isApiError(body)) return new ApiProblem(response.status, body.error);
  // A proxy answers in its own words while the server behind it is away.
  if (response.status >= 502) {
    connectionLost.value = true;
    return new NoAnswer('The server does not answer.');
  }
  return new ApiProblem(response.status, {
    code: `HTTP_${response.status}`,
    message: `The server answered ${response.status} ${response.statusText}.`,
    expected: '',
    actual: '',
    remedy: 'Look at the log of the console.',
  });
}

function isApiError(body: unknown): body is ApiError {
  return typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'object';
}

/** What was thrown, as an error. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(String(thrown));
