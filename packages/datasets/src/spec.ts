import { AlexnetError, checkName } from '@alexnet/core';
import { IMAGE_SIDE } from '@alexnet/images';
import * as z from 'zod';
import { canonicalJson } from '@alexnet/storage';

/** Most samples in a shard, so that the sums over one are exact. */
export const SHARD_LIMIT = 65_536;

/** Files that are larger, in bytes, are not even read. */
export const FILE_LIMIT = 256 * 1024 ** 2;

/** Of a spec as JSON: a job of 4 KB carries it, with the names of the dataset. */
const SPEC_LIMIT_BYTES = 3_584;

/** A folder of the source: `/`-separated, '' for the source itself. */
const Folder = z.string().refine((folder) => !/(^|\/)\.{0,2}(\/|$)/.test(folder) || folder === '', {
  error: 'not a folder relative to the source',
});

/** How the bucket of a source is reached, where that is not how the store is. Names alone: no credentials are kept. */
export const SourceAccess = z.strictObject({
  /** Address of the server, or `aws`. */
  endpoint: z.union([z.literal('aws'), z.url({ protocol: /^https?$/ })]).optional(),
  region: z.string().min(1).optional(),
  /** In the files of the AWS tools on the machine of every worker. */
  profile: z.string().min(1).optional(),
  /** Without credentials: for a bucket that everyone may read. */
  anonymous: z.boolean().optional(),
});
export type SourceAccess = z.infer<typeof SourceAccess>;

/** How a dataset is to be made. */
export const DatasetSpec = z.strictObject({
  name: z.string(),
  /** What {@link openSource} opens: a folder, `file://…` or `s3://bucket/prefix`. */
  source: z.string().min(1),
  /** Part of each class that is held out, where the source has no `val` folder of its own. */
  valFraction: z.number().min(0).lt(1),
  /** Of the split and the order of the samples. */
  seed: z.number().int().min(0).max(0xffffffff),
  /** Samples in a shard; the last one of a split may have fewer. */
  shardSize: z.number().int().min(1).max(SHARD_LIMIT).default(1024),
  /** Of the squares that images become, in pixels: a multiple of 4. */
  side: z.number().int().min(16).max(512).multipleOf(4).default(IMAGE_SIDE),
  /** `rgb`: raw pixels, 197 kB each at a side of 256. `jpg`: quality 95, 4:4:4, several times smaller, decoded at every use. */
  encoding: z.enum(['rgb', 'jpg']).default('rgb'),
  /** The folder whose folders are the classes; recognised by the names where it is absent. */
  train: Folder.optional(),
  /** Likewise, of the images that are held out. */
  val: Folder.optional(),
  /** Whether classes without an image that can be read are left out, rather than the dataset refused. */
  dropEmptyClasses: z.boolean().optional(),
  access: SourceAccess.optional(),
  /** Whether images that a decoder only warns about are quarantined too. */
  strict: z.boolean().optional(),
  /** What becomes of images of train that val has a copy of. Where it is absent, they are kept and reported. */
  onLeak: z.enum(['drop', 'fail']).optional(),
  /** Share of the files that may be quarantined. Where it is absent, a tenth, and a few files in any case. */
  maxQuarantined: z.number().min(0).max(1).optional(),
});
export type DatasetSpec = z.infer<typeof DatasetSpec>;

/** @throws NAME_INVALID, CONFIG_INVALID */
export function checkSpec(spec: unknown): DatasetSpec {
  const parsed = DatasetSpec.safeParse(spec);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new AlexnetError('CONFIG_INVALID', {
      expected:
        'a fraction below 1, a seed below 2³², 1 to 65,536 samples a shard, a side of 16 to 512 that is a multiple of 4, rgb or jpg, and folders relative to the source',
      actual: `${issue?.path.join('.') ?? 'a setting'}: ${issue?.message ?? 'invalid'}`,
      remedy: 'Correct the setting.',
    });
  }
  const { data } = parsed;
  checkName('dataset', data.name);
  const bytes = Buffer.byteLength(JSON.stringify(data));
  if (bytes > SPEC_LIMIT_BYTES) {
    throw new AlexnetError('CONFIG_INVALID', {
      expected: `a source and settings of at most ${SPEC_LIMIT_BYTES} bytes as JSON, so that a job can carry them`,
      actual: `${bytes} bytes`,
      remedy: 'Shorten the path of the source, for example with a symbolic link to it.',
    });
  }
  if (data.val !== undefined && data.train === undefined) {
    throw new AlexnetError('CONFIG_INVALID', {
      expected: '--train DIR beside --val DIR',
      actual: `--val ${data.val || '.'} alone`,
      remedy: 'Name both folders, relative to the source; "." is the source itself.',
    });
  }
  return data;
}

/** Whether two specs ask for the same dataset under the same name. */
export const isSameSpec = (a: DatasetSpec, b: DatasetSpec): boolean => canonicalJson(a) === canonicalJson(b);
