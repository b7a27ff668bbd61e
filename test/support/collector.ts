import { createServer, type IncomingMessage } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { preparePython } from './python.ts';
import { run } from './run.ts';

const CollectedSpan = z.object({
  service: z.string(),
  name: z.string(),
  trace: z.string(),
  id: z.string(),
  /** Empty for the first span of a trace. */
  parent: z.string(),
  attributes: z.record(z.string(), z.unknown()),
});
export type CollectedSpan = z.infer<typeof CollectedSpan>;

/** Reads requests as OpenTelemetry's own protocol buffers have them, which are not those of the SDK that sent them. */
const DECODE = `
import glob, json, sys
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
spans = []
for name in sorted(glob.glob(sys.argv[1] + '/*.pb')):
    request = ExportTraceServiceRequest.FromString(open(name, 'rb').read())
    value = lambda v: getattr(v, v.WhichOneof('value')) if v.WhichOneof('value') != 'array_value' else None
    for resource in request.resource_spans:
        service = [value(a.value) for a in resource.resource.attributes if a.key == 'service.name'][0]
        for scope in resource.scope_spans:
            for s in scope.spans:
                spans.append(dict(service=service, name=s.name, trace=s.trace_id.hex(), id=s.span_id.hex(),
                                  parent=s.parent_span_id.hex(), attributes={a.key: value(a.value) for a in s.attributes}))
print(json.dumps(spans))
`;

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  /** Paths that were asked for. */
  readonly paths: ReadonlySet<string>;
  spans: () => Promise<CollectedSpan[]>;
  close: () => void;
}

/** Takes traces over HTTP, as a collector does, and keeps them in a folder. */
export async function startCollector(folder: string): Promise<Collector> {
  await mkdir(folder, { recursive: true });
  const python = await preparePython({
    name: 'otlp',
    size: 'about 1 MB',
    imports: 'import opentelemetry.proto.collector.trace.v1.trace_service_pb2',
  });
  const paths = new Set<string>();
  let count = 0;
  const keep = async (request: IncomingMessage): Promise<void> => {
    paths.add(request.url ?? '');
    const body = Buffer.concat(await request.toArray());
    const bytes = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    await writeFile(path.join(folder, `${String(++count).padStart(6, '0')}.pb`), bytes);
  };
  const server = createServer((request, response) => {
    keep(request).then(
      () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end(),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    paths,
    async spans() {
      const { status, stdout, tail } = await run(python, ['-c', DECODE, folder]);
      if (status !== 0) throw new Error(tail);
      return z.array(CollectedSpan).parse(JSON.parse(stdout));
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
