import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import { AlexnetError } from '@alexnet/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const COOKIE = 'alexnet_console';
/** Of the cookie. */
const MONTH_SECONDS = 30 * 24 * 3600;
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Open to everyone, since they say nothing of the pipeline. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/login']);

export interface Access {
  token: string;
  /** The address that the server listens on. */
  host: string;
  /** Addresses, or ranges in CIDR notation, of proxies whose `X-Forwarded-*` headers are believed. */
  trustedProxies: readonly string[];
}

/** Whoever sends a request is on this machine: nothing passes requests of others on. */
const isLocal = ({ host, trustedProxies }: Access): boolean =>
  isLoopback(host) && trustedProxies.length === 0;

/** A token of 128 random bits. */
export const newToken = (): string => randomBytes(16).toString('base64url');

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The client has shown the token. */
    hasToken: boolean;
  }
}

/**
 * Lets in whom it should. On loopback everyone on this machine may look, and changes need the token. On any other address, and behind
 * a proxy, everything needs it. Pages of other sites may neither read nor change anything: their cookies are not sent (SameSite), their origin is refused, and
 * a name that they point at loopback is refused too.
 */
export function guard(server: FastifyInstance, access: Access): void {
  server.decorateRequest('hasToken', false);
  server.addHook('onRequest', (request, reply, done) => {
    // Asked again every time, with an ETag; and kept by no proxy.
    void reply.header('cache-control', 'private, no-cache');
    refuseForeignHost(request, access);
    request.hasToken = showsToken(request, access.token);
    const isChange = !SAFE_METHODS.has(request.method);
    const path = request.url.split('?')[0] ?? '';
    if (isChange) refuseForeignOrigin(request);
    const needsToken = isChange || !isLocal(access);
    if (needsToken && !request.hasToken && !OPEN_PATHS.has(path)) throw lacksToken(isChange);
    done();
  });
  server.get('/login', { schema: { hide: true } }, (request, reply) => login(request, reply, access));
}

/** `/login?token=…`, the link that `alexnet up` prints: keeps the token in a cookie and goes to the page. */
async function login(request: FastifyRequest, reply: FastifyReply, { token }: Access): Promise<unknown> {
  const given = (request.query as { token?: unknown } | null)?.token;
  if (typeof given !== 'string' || !isSame(given, token)) throw lacksToken(false);
  void reply.setCookie(COOKIE, token, {
    ...{ path: '/', httpOnly: true, sameSite: 'strict', maxAge: MONTH_SECONDS },
    secure: request.protocol === 'https',
  });
  // A redirect would come from the link's site, and carry no cookie of SameSite=Strict.
  return await reply
    .type('text/html')
    .send(
      '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="/favicon.svg"><meta http-equiv="refresh" content="0;url=/"><title>alexnet</title><a href="/">Go to the console</a></html>',
    );
}

function showsToken(request: FastifyRequest, token: string): boolean {
  const header = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const given = header ?? request.cookies[COOKIE];
  return given !== undefined && isSame(given, token);
}

/** In constant time; the digests have equal lengths. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** Someone else's name for this machine: a page under that name would count as of the same origin. */
function refuseForeignHost({ host }: FastifyRequest, access: Access): void {
  if (!isLocal(access)) return;
  const name = host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (isLoopback(name)) return;
  throw new AlexnetError('ACCESS_DENIED', {
    expected: 'the address localhost or 127.0.0.1',
    actual: host,
    remedy: 'Open http://localhost with the port of the console. To use another name, start it with --host.',
  });
}

function refuseForeignOrigin({ headers, host }: FastifyRequest): void {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  const isForeign =
    (origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host)) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none');
  if (!isForeign) return;
  throw new AlexnetError('ACCESS_DENIED', {
    expected: `a request from the page at ${host}`,
    actual: `one from ${String(origin ?? site)}`,
    remedy: 'Use the page of the console itself, or its API without an Origin header.',
  });
}

const lacksToken = (isChange: boolean): AlexnetError =>
  new AlexnetError('UNAUTHENTICATED', {
    expected: isChange ? 'the token, which changes need' : 'the token of this console',
    actual: 'none, or another one',
    remedy:
      'Open the link that `alexnet up` or `alexnet console` printed, or send `Authorization: Bearer TOKEN`.',
  });
