import { crc32, deflateRawSync } from 'node:zlib';
import { Header, type HeaderData } from 'tar';

const BLOCK = 512;

/** A member of a tar; `size` where the header is to say another one than that of the body. */
export interface TestMember {
  name: string;
  body?: Buffer | string;
  type?: HeaderData['type'];
  link?: string;
  size?: number;
}

/** A tar of these members, in ustar. */
export function tarOf(members: readonly TestMember[], end = Buffer.alloc(2 * BLOCK)): Buffer {
  return Buffer.concat([...members.flatMap(blocksOf), end]);
}

function blocksOf({ name, body = '', type = 'File', link, size }: TestMember): Buffer[] {
  const bytes = Buffer.from(body);
  const block = Buffer.alloc(BLOCK);
  new Header({
    ...{ path: name, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0) },
    ...{ size: size ?? bytes.length, type, linkpath: link },
  }).encode(block, 0);
  return [block, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
}

/** A record of the extended attributes of POSIX.1-2001. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = Buffer.byteLength(rest);
  while (String(length).length + Buffer.byteLength(rest) > length) length++;
  return `${length}${rest}`;
}

/** A member of a zip; what its headers say may be changed. */
export interface TestZipMember {
  name: string | Buffer;
  body: Buffer;
  deflated?: boolean;
  flags?: number;
  method?: number;
  /** Of the uncompressed bytes, as the headers say it. */
  size?: number;
  crc?: number;
  /** Bits of Unix that say what the member is. */
  mode?: number;
}

export function zipOf(members: readonly TestZipMember[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, body, deflated = false, flags = 0, ...said } of members) {
    const data = deflated ? deflateRawSync(body) : body;
    const bytes = Buffer.from(name);
    const { method = deflated ? 8 : 0, size = body.length, crc = crc32(body), mode = 0o100644 } = said;
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(flags, 2);
    fields.writeUInt16LE(method, 4);
    fields.writeUInt32LE(crc, 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(size, 18);
    fields.writeUInt16LE(bytes.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, bytes, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(mode * 2 ** 16, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), fields, rest, bytes);
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, central, end]);
}
