/** What the console refuses: malformed requests, those without the token, of other sites, and paths that leave the store. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runJobId } from '@alexnet/queues';
import { startConsole, TOKEN, VERSION, withToken, type ConsoleServer } from '../support/console-server.ts';
import { addRun, openPlace, saveCheckpoints, type Place } from '../support/saved-run.ts';

const RUN = 'r';

let place: Place;
let console: ConsoleServer;

beforeAll(async () => {
  place = await openPlace();
  await addRun(place.pipeline, RUN);
  await saveCheckpoints(place.pipeline, RUN);
  console = await startConsole(place.environment);
});
afterAll(async () => {
  await console.close();
  await place.close();
});

const codeOf = (body: string): string => (JSON.parse(body) as { error: { code: string } }).error.code;

describe('malformed requests', () => {
  it.each(['/api/v1/runs/%ff', '/%', '/api/v1/datasets/d/samples/train/%c0%ae%c0%ae'])(
    'answers %s, which is no address, like other errors',
    async (path) => {
      const { status, body } = await console.raw(path, { headers: withToken });
      expect(JSON.parse(body)).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
      expect(status).toBe(400);
    },
  );

  it.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['a header that is too long', `GET / HTTP/1.1\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['two lengths', 'POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
  ])('answers %s like other errors', async (_, text) => {
    const answered = await console.send(text);
    expect(answered).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(answered.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      error: { code: 'REQUEST_INVALID' },
    });
  });

  it.each([
    ['POST', `/api/v1/runs/${RUN}`, 'DELETE, GET, HEAD'],
    ['DELETE', '/api/v1/runs', 'GET, HEAD, POST'],
    ['PUT', '/api/v1/status', 'GET, HEAD'],
    ['TRACE', '/api/v1/status?x', 'GET, HEAD'],
  ])('refuses %s of %s, and says what there is', async (method, path, allowed) => {
    const response = await console.raw(path, { method, headers: withToken });
    expect([response.status, response.headers['allow']]).toEqual([405, allowed]);
    expect(JSON.parse(response.body)).toMatchObject({ error: { code: 'REQUEST_INVALID' } });
  });
});

describe('changes', () => {
  it.each<[string, number, string, Record<string, string>]>([
    ['no token', 401, 'UNAUTHENTICATED', {}],
    ['a wrong token', 401, 'UNAUTHENTICATED', { authorization: 'Bearer a-token-of-this-tess' }],
    ['a wrong cookie', 401, 'UNAUTHENTICATED', { cookie: 'alexnet_console=a-token-of-this-tess' }],
    ['the page of another site', 403, 'ACCESS_DENIED', { ...withToken, origin: 'http://evil.example' }],
    ['a page without an origin', 403, 'ACCESS_DENIED', { ...withToken, origin: 'null' }],
    ['another port of this machine', 403, 'ACCESS_DENIED', { ...withToken, origin: 'http://127.0.0.1:1' }],
    [
      'another site, as the browser says',
      403,
      'ACCESS_DENIED',
      { ...withToken, 'sec-fetch-site': 'cross-site' },
    ],
  ])('are refused with %s', async (_, status, code, headers) => {
    const answer = await console.raw(`/api/v1/runs/${RUN}/resume`, { method: 'POST', headers });
    expect([answer.status, codeOf(answer.body)]).toEqual([status, code]);
    expect(answer.headers['www-authenticate']).toBe(
      status === 401 ? 'Bearer realm="alexnet console"' : undefined,
    );
    expect((await place.pipeline.queues.report('runs', runJobId(RUN))).state).toBe('absent');
  });

  it('are allowed with the cookie that the link sets', async () => {
    const login = await console.get(`/login?token=${TOKEN}`);
    const cookie = login.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    const session = await console.get('/api/v1/session', { cookie: cookie.split(';')[0] ?? '' });
    expect(await session.json()).toMatchObject({ canChange: true, version: VERSION });
    expect((await console.get('/login?token=wrong')).status).toBe(401);
  });
});

describe('on loopback', () => {
  it.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', '10.0.0.1'])(
    'refuses the name %s, under which another site could read',
    async (host) => {
      expect(await console.raw('/api/v1/runs', { headers: { host } })).toMatchObject({ status: 403 });
    },
  );

  it.each(['localhost', 'localhost:1', '127.0.0.1', '[::1]:1'])('answers under the name %s', async (host) => {
    expect(await console.raw('/api/v1/session', { headers: { host } })).toMatchObject({ status: 200 });
  });

  it('believes no header of a proxy', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'localhost' };
    expect(await console.raw('/api/v1/runs', { headers })).toMatchObject({ status: 403 });
    const login = await console.get(`/login?token=${TOKEN}`, { 'x-forwarded-proto': 'https' });
    expect(login.headers.get('set-cookie')).not.toMatch(/Secure/);
  });
});

/** What is asked of a console without the token, where everything needs it. */
const EVERYTHING = [
  '/',
  '/metrics',
  '/api/v1/runs',
  '/api/openapi.json',
  '/api/docs',
  '/queues',
  '/queues/api/queues',
  `/api/v1/runs/${RUN}/stream`,
];

describe('on another address', () => {
  it('needs the token for everything but its health', async () => {
    const open = await startConsole(place.environment, { host: '0.0.0.0' });
    try {
      for (const path of EVERYTHING) expect([path, (await open.get(path)).status]).toEqual([path, 401]);
      expect((await open.get('/healthz')).status).toBe(200);
      expect((await open.get('/api/v1/runs', withToken)).status).toBe(200);
    } finally {
      await open.close();
    }
  });
});

describe('behind a proxy on the same machine', () => {
  const forwarded = {
    host: '127.0.0.1:4600',
    'x-forwarded-host': 'alexnet.example',
    'x-forwarded-proto': 'https',
  };
  let behind: ConsoleServer;
  beforeAll(async () => {
    behind = await startConsole(place.environment, { trustedProxies: ['127.0.0.0/8'] });
  });
  afterAll(() => behind.close());

  it('needs the token for everything, also on loopback', async () => {
    for (const path of EVERYTHING) {
      const { status } = await behind.raw(path, { headers: forwarded });
      expect([path, status]).toEqual([path, 401]);
    }
    const headers = { ...forwarded, ...withToken };
    expect(await behind.raw('/api/v1/runs', { headers })).toMatchObject({ status: 200 });
  });

  it('sends the cookie by HTTPS alone', async () => {
    const login = await behind.raw(`/login?token=${TOKEN}`, { headers: forwarded });
    expect(login.headers['set-cookie']?.[0]).toMatch(/Secure/);
  });

  it('knows its page by the name that the proxy has', async () => {
    const stop = async (origin: string): Promise<number> => {
      const headers = { ...forwarded, ...withToken, origin };
      const path = '/api/v1/runs/nope/stop';
      return (await behind.raw(path, { method: 'POST', headers })).status;
    };
    expect(await stop('https://alexnet.example')).toBe(404);
    expect(await stop('https://evil.example')).toBe(403);
    expect(await stop('http://127.0.0.1:4600')).toBe(403);
  });

  it('limits the requests of each client, not those of the proxy', async () => {
    const left = async (client: string): Promise<number> => {
      const headers = { ...forwarded, ...withToken, 'x-forwarded-for': client };
      const answer = await behind.raw('/api/v1/session', { headers });
      return Number(answer.headers['x-ratelimit-remaining']);
    };
    const first = await left('203.0.113.1');
    expect(await left('203.0.113.1')).toBe(first - 1);
    expect(await left('203.0.113.2')).toBe(first);
  });
});

describe('while Redis is away', () => {
  it('says when to ask again', async () => {
    const alone = await startConsole({ ...place.environment, REDIS_URL: 'redis://127.0.0.1:1' });
    try {
      const answer = await alone.raw(`/api/v1/runs/${RUN}/stop`, { method: 'POST', headers: withToken });
      expect([answer.status, codeOf(answer.body)]).toEqual([503, 'REDIS_UNREACHABLE']);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    } finally {
      await alone.close();
    }
  });
});

describe('paths that leave the store', () => {
  const escapes = ['..', '../..', '.%2e', '%2e%2e', '..%2f..%2fetc', '..%5c..', '%00', 'a%2fb', '-x'];
  const places = (name: string): string[] => [
    `/api/v1/runs/${name}`,
    `/api/v1/runs/${name}/history`,
    `/api/v1/runs/${name}/events`,
    `/api/v1/runs/${name}/stream`,
    `/api/v1/runs/${name}/filters.png`,
    `/api/v1/runs/${name}/audit`,
    `/api/v1/runs/${name}/history.csv`,
    `/api/v1/runs/${name}/checkpoints/best/model.safetensors`,
    `/api/v1/runs/${RUN}/checkpoints/${name}/model.safetensors`,
    `/api/v1/runs/${RUN}/filters.png?checkpoint=${name}`,
    `/api/v1/runs/${name}/batches/0`,
    `/api/v1/runs/${name}/batches/0/images/0/seen.png`,
    `/api/v1/datasets/${name}`,
    `/api/v1/datasets/${name}/samples`,
    `/api/v1/datasets/${name}/samples/train/0.png`,
    `/api/v1/datasets/${name}/mean.png`,
    `/api/v1/datasets/${name}/quarantine`,
    `/api/v1/datasets/${name}/duplicates`,
    `/api/v1/datasets/d/duplicates?cursor=${name}`,
    `/api/v1/datasets/d/samples/${name}/0.png`,
    `/api/v1/datasets/d/samples/train/${name}`,
    `/api/v1/runs/${RUN}/batches/${name}`,
    `/api/v1/runs/${RUN}/batches/0/images/${name}/seen.png`,
    `/api/v1/runs/${RUN}/batches/0/images/0/${name}`,
    `/api/v1/profiles/${name}`,
    `/${name}`,
    `/assets/${name}`,
    `/queues/static/js/async/${name}`,
    `/queues/api/queues/runs/${name}`,
  ];
  it.each(escapes)('are refused: %s', async (name) => {
    for (const path of places(name)) {
      const { status } = await console.raw(path);
      expect([path, status >= 400 && status < 500], `${path} gave ${status}`).toEqual([path, true]);
    }
  });
});
