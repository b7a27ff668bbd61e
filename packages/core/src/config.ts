import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { parseByteSize } from './byte-size.ts';
import { AlexnetError } from './errors.ts';
import { closestMatch } from './closest-match.ts';
import { NotifySecret, NotifyUrl } from './notify.ts';
import { RedisAddress } from './redis-address.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

const bytes = z.union([z.number(), z.string().transform(parseByteSize)]).pipe(z.number());
/** Addresses, each with its scheme, with commas or spaces between them. */
const redisUrls = z
  .string()
  .transform((text) => text.trim().split(/[\s,]+(?=[a-z+]+:\/\/)/))
  .pipe(z.array(RedisAddress))
  .refine((urls) => new Set(urls).size === urls.length, 'each address once');
/** With commas or spaces between them. */
const addressRanges = z
  .string()
  .transform((text) => text.trim().split(/[\s,]+/))
  .pipe(z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])));
const storageUrl = z.union([z.url({ protocol: /^s3$/ }), z.url({ protocol: /^file$/ })]);

/** Every environment variable that the project reads. Other `ALEXNET_*` variables are refused. */
const Environment = z.object({
  REDIS_URL: RedisAddress.default('redis://127.0.0.1:6379').describe(
    'Redis for the queues: redis://…, rediss://…, redis+sentinel://…, or unix:///path/of/a/socket',
  ),
  BATCH_REDIS_URL: redisUrls
    .optional()
    .describe('Redis for batch slices, or several with commas between them; REDIS_URL unless set'),
  STORAGE_URL: storageUrl
    .default(() => pathToFileURL(path.resolve('.alexnet/store')).href)
    .describe('s3://bucket/prefix or file:///path'),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Address of an S3-compatible server; AWS unless set'),
  AWS_REGION: z.string().default('us-east-1').describe('Region of the bucket'),
  ALEXNET_CACHE_DIR: z.string().optional().describe('TensorFlow, Valkey, MinIO and cached shards'),
  ALEXNET_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .describe('Least severe level that is logged'),
  ALEXNET_SHARD_CACHE_BYTES: bytes.default(20 * GiB).describe('Most disk that one worker uses for shards'),
  ALEXNET_WINDOW_BYTES: bytes
    .default(512 * MiB)
    .describe('Most bytes of batches that a trainer keeps in flight'),
  ALEXNET_CONSOLE_TOKEN: z
    .string()
    .min(16)
    .max(256)
    .optional()
    .describe('What changes in the console need, at least 16 characters; a random one unless set'),
  ALEXNET_CONSOLE_TRUSTED_PROXIES: addressRanges
    .default([])
    .describe(
      'Addresses of the proxies in front of the console, or ranges such as 10.0.0.0/8, whose X-Forwarded headers it believes',
    ),
  ALEXNET_METRICS_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe(
      'Port of a worker or trainer for metrics, health and readiness; none unless set, 0 takes a free one',
    ),
  ALEXNET_METRICS_HOST: z.string().default('127.0.0.1').describe('Address on which it listens'),
  ALEXNET_NOTIFY_URL: NotifyUrl.optional().describe('Where runs without --notify send notifications'),
  ALEXNET_NOTIFY_SECRET: NotifySecret.optional().describe(
    'What notifications are signed with; unsigned unless set',
  ),
  ALEXNET_TENSORFLOW: z
    .enum(['auto', 'cpu', 'gpu'])
    .default('auto')
    .describe('Which TensorFlow the set-up provisions; auto takes gpu where an NVIDIA driver is loaded'),
});

export interface Config {
  redisUrl: string;
  /** At least one. */
  batchRedisUrls: readonly string[];
  storageUrl: string;
  s3Endpoint: string | undefined;
  awsRegion: string;
  /** Of the local stack's S3 server. Otherwise the S3 client takes them from the environment, `~/.aws` or the instance's role. */
  s3Credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
  cacheDir: string;
  logLevel: z.infer<typeof Environment>['ALEXNET_LOG_LEVEL'];
  shardCacheBytes: number;
  windowBytes: number;
  consoleToken: string | undefined;
  /** IP addresses, or ranges in CIDR notation. */
  consoleTrustedProxies: readonly string[];
  metricsPort: number | undefined;
  metricsHost: string;
  notifyUrl: string | undefined;
  notifySecret: string | undefined;
  tensorflow: 'auto' | 'cpu' | 'gpu';
}

export const ENVIRONMENT_VARIABLES: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(Environment.shape).map(([name, schema]) => [name, schema.description ?? '']),
);

/** A value that each variable may have, for messages. */
const EXAMPLES: Readonly<Record<string, string>> = {
  REDIS_URL: 'redis://:PASSWORD@redis.example:6379',
  BATCH_REDIS_URL: 'redis://:PASSWORD@slices.example:6379',
  STORAGE_URL: 's3://my-bucket/alexnet',
  S3_ENDPOINT: 'http://127.0.0.1:9000',
  AWS_REGION: 'eu-central-1',
  ALEXNET_CACHE_DIR: '/var/cache/alexnet',
  ALEXNET_LOG_LEVEL: 'info',
  ALEXNET_SHARD_CACHE_BYTES: '20GB',
  ALEXNET_WINDOW_BYTES: '512MB',
  ALEXNET_CONSOLE_TOKEN: 'the output of `openssl rand -hex 16`',
  ALEXNET_CONSOLE_TRUSTED_PROXIES: '10.0.0.0/8, 192.168.1.5',
  ALEXNET_METRICS_PORT: '9464',
  ALEXNET_METRICS_HOST: '0.0.0.0',
  ALEXNET_NOTIFY_URL: 'https://hooks.example/alexnet',
  ALEXNET_NOTIFY_SECRET: 'whsec_ and the output of `openssl rand -base64 32`',
  ALEXNET_TENSORFLOW: 'auto, cpu or gpu',
} satisfies Record<keyof typeof Environment.shape, string>;

/** Their values are not repeated in messages. */
const SECRET: ReadonlySet<string> = new Set([
  'ALEXNET_CONSOLE_TOKEN',
  'ALEXNET_NOTIFY_URL',
  'ALEXNET_NOTIFY_SECRET',
]);

/** Passwords of URLs are not repeated in messages, nor parameters that may be one. */
const withoutPassword = (value: string): string =>
  value
    .replace(/([?&](?!(?:family|db|sni|cacert|cert|key)=)[^=&\s]*=)[^&\s]*/g, '$1…')
    .replace(/(\/\/[^:@]*:?).*@/s, '$1…@');

/**
 * Reads the configuration from environment variables.
 * @throws CONFIG_UNKNOWN_KEY for an `ALEXNET_*` variable that does not exist, CONFIG_INVALID for a bad value.
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  for (const name of Object.keys(environment)) {
    if (name.startsWith('ALEXNET_') && !(name in ENVIRONMENT_VARIABLES)) {
      const known = Object.keys(ENVIRONMENT_VARIABLES);
      throw new AlexnetError('CONFIG_UNKNOWN_KEY', {
        expected: `one of ${known.filter((key) => key.startsWith('ALEXNET_')).join(', ')}`,
        actual: name,
        remedy: `Did you mean ${closestMatch(name, known)}? Correct or unset the environment variable.`,
      });
    }
  }
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = Environment.safeParse(set);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = String(issue?.path[0] ?? '');
    throw new AlexnetError('CONFIG_INVALID', {
      expected: `${name} (${ENVIRONMENT_VARIABLES[name] ?? ''}), e.g. ${EXAMPLES[name] ?? ''}`,
      actual: `${name}=${SECRET.has(name) ? '…' : withoutPassword(set[name] ?? '')}`,
      remedy: `Correct the environment variable ${name}, or unset it.`,
    });
  }
  const env = parsed.data;
  return {
    redisUrl: env.REDIS_URL,
    batchRedisUrls: env.BATCH_REDIS_URL ?? [env.REDIS_URL],
    storageUrl: env.STORAGE_URL,
    s3Endpoint: env.S3_ENDPOINT,
    awsRegion: env.AWS_REGION,
    cacheDir: path.resolve(env.ALEXNET_CACHE_DIR ?? defaultCacheDir(set)),
    logLevel: env.ALEXNET_LOG_LEVEL,
    shardCacheBytes: env.ALEXNET_SHARD_CACHE_BYTES,
    windowBytes: env.ALEXNET_WINDOW_BYTES,
    consoleToken: env.ALEXNET_CONSOLE_TOKEN,
    consoleTrustedProxies: env.ALEXNET_CONSOLE_TRUSTED_PROXIES,
    metricsPort: env.ALEXNET_METRICS_PORT,
    metricsHost: env.ALEXNET_METRICS_HOST,
    notifyUrl: env.ALEXNET_NOTIFY_URL,
    notifySecret: env.ALEXNET_NOTIFY_SECRET,
    tensorflow: env.ALEXNET_TENSORFLOW,
  };
}

/**
 * `alexnet` in the user's cache folder. By the XDG specification a relative XDG_CACHE_HOME is ignored.
 * @throws CONFIG_INVALID where this user has no home folder
 */
function defaultCacheDir(set: Readonly<Record<string, string | undefined>>): string {
  const xdg = set['XDG_CACHE_HOME'] ?? '';
  if (path.isAbsolute(xdg)) return path.join(xdg, 'alexnet');
  const home = [set['HOME'], homeOr(homedir), homeOr(() => userInfo().homedir)].find(
    (folder) => folder !== undefined && path.isAbsolute(folder),
  );
  if (home !== undefined) return path.join(home, '.cache', 'alexnet');
  throw new AlexnetError('CONFIG_INVALID', {
    expected: 'a folder for the cache: ALEXNET_CACHE_DIR, XDG_CACHE_HOME, or a home folder',
    actual: 'none: HOME is not set to a full path, and this user has no home folder',
    remedy: 'Set ALEXNET_CACHE_DIR.',
  });
}

/** Node throws for a user that the system does not know. */
function homeOr(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
