/**
 * What tests need of sources: archives as wrong as they are to be, and a stand-in for an S3 server, for keys and failures that
 * the servers at hand do not have.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export { BucketTree } from './files/bucket.ts';
export { TEST_TABLES, testTable } from './parquet/testing-tables.ts';
export { openRecords } from './records/record-source.ts';
export { tarOf, zipOf } from './testing-archives.ts';

/** How a server answers. */
export interface Manner {
  /** Whether it escapes the keys of a listing when it is asked to. */
  escapes?: boolean;
  /** Objects in a page of a listing. */
  page?: number;
}

/** Answers ListObjectsV2, HeadObject and GetObject for one bucket. */
export class StandInBucket {
  /** What it holds, by key. It may be changed at any time. */
  readonly objects: Map<string, Buffer>;
  /** The error that every request for an object of such a key gets, and what each listing gets under ''. */
  readonly failures = new Map<string, { status: number; code: string }>();
  readonly #server: Server;
  readonly #bucket: string;
  readonly #manner: Manner;

  private constructor(bucket: string, objects: Map<string, Buffer>, manner: Manner) {
    this.#bucket = bucket;
    this.objects = objects;
    this.#manner = manner;
    this.#server = createServer((request, response) => {
      this.#answer(request, response);
    });
  }

  static async start(
    bucket: string,
    objects: Map<string, Buffer> = new Map(),
    manner: Manner = {},
  ): Promise<StandInBucket> {
    const started = new StandInBucket(bucket, objects, manner);
    started.#server.listen(0, '127.0.0.1');
    await once(started.#server, 'listening');
    return started;
  }

  /** By which {@link openSource} reaches it. */
  get options(): { s3Endpoint: string; credentials: { accessKeyId: string; secretAccessKey: string } } {
    const { port } = this.#server.address() as AddressInfo;
    return {
      s3Endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer({ url = '', method, headers }: IncomingMessage, response: ServerResponse): void {
    const [path = '', query = ''] = url.split('?');
    const [, bucket = '', ...segments] = path.split('/');
    const key = decodeURIComponent(segments.join('/'));
    const failure = this.failures.get(key);
    if (bucket !== this.#bucket) fail(response, { status: 404, code: 'NoSuchBucket' });
    else if (failure !== undefined) fail(response, failure);
    else if (key === '') response.end(this.#list(new URLSearchParams(query)));
    else this.#object(key, { isHead: method === 'HEAD', range: headers.range }, response);
  }

  #object(
    key: string,
    { isHead, range }: { isHead: boolean; range: string | undefined },
    response: ServerResponse,
  ): void {
    const body = this.objects.get(key);
    if (body === undefined) {
      fail(response, { status: 404, code: 'NoSuchKey' });
      return;
    }
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    const part = first === undefined ? body : body.subarray(Number(first), Number(last) + 1);
    if (first !== undefined && part.length === 0) {
      fail(response, { status: 416, code: 'InvalidRange' });
      return;
    }
    if (first !== undefined) {
      response.statusCode = 206;
      response.setHeader('content-range', `bytes ${first}-${Number(first) + part.length - 1}/${body.length}`);
    }
    response.setHeader('etag', '"v1"').setHeader('content-length', part.length);
    response.end(isHead ? undefined : part);
  }

  #list(query: URLSearchParams): string {
    const { page = 1000, escapes = true } = this.#manner;
    const isEscaped = escapes && query.get('encoding-type') === 'url';
    const prefix = query.get('prefix') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const rolled = [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => {
        const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
        return end === -1 ? key : key.slice(0, end + 1);
      });
    const keys = [...new Set(rolled)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const first = Number(query.get('continuation-token') ?? 0);
    const contents = keys.slice(first, first + page).map((key) => {
      const name = isEscaped ? encodeURIComponent(key).replaceAll('%20', '+') : xml(key);
      if (delimiter !== '' && key.slice(prefix.length).includes(delimiter))
        return `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`;
      return `<Contents><Key>${name}</Key><Size>${this.objects.get(key)?.length ?? 0}</Size></Contents>`;
    });
    const more = first + page < keys.length;
    const next = more ? `<NextContinuationToken>${first + page}</NextContinuationToken>` : '';
    const encoding = isEscaped ? '<EncodingType>url</EncodingType>' : '';
    return `<?xml version="1.0"?><ListBucketResult>${encoding}<IsTruncated>${more}</IsTruncated>${next}${contents.join('')}</ListBucketResult>`;
  }
}

function fail(response: ServerResponse, { status, code }: { status: number; code: string }): void {
  response.statusCode = status;
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

const xml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
