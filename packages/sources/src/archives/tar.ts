import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { messageOf } from '@alexnet/core';
import { Header, type HeaderData } from 'tar';
import { formatProblem } from '../format-problem.ts';
import { ReadAhead } from '../read-ahead.ts';
import { readExactly, type Ranges } from '../ranges.ts';
import type { ItemProblem } from '../source.ts';
import type { Archive, ArchiveEntry } from './archive.ts';
import { plainPlace } from './place.ts';

const BLOCK = 512;
/** Of a long name or of extended attributes. */
const MOST_EXTRA = 1024 ** 2;
const MOST_LINKS = 40;
/** Walked in about 1 ms. */
const MEMBERS_A_TURN = 32;

/** A file of a tar, by where its bytes are. */
export interface TarFile {
  name: string;
  /** First byte, from the beginning of the tar. */
  offset: number;
  /** Bytes. */
  size: number;
}

interface Member extends TarFile {
  type: Header['type'];
  link: string;
}

/**
 * The headers of a tar, one after the other: ustar, GNU (long names, sizes of 8 GiB and more) and pax. Bodies are
 * skipped.
 * @throws FORMAT_INVALID where a header is damaged, or the tar ends before what its headers say
 */
export async function* walkTar(ranges: ReadAhead): AsyncGenerator<Member> {
  let next: HeaderData = {};
  let always: HeaderData = {};
  let members = 0;
  for (let at = 0; at < ranges.size;) {
    // Reads of a file that is cached do not let the event loop turn.
    if (++members % MEMBERS_A_TURN === 0) await nextTurn();
    const block = await readExactly(ranges, at, BLOCK);
    const header = headerOf(ranges, block, at);
    // Two empty blocks end a tar; what follows them is padding, or another tar that nobody would see.
    if (header === undefined) return;
    const { size = 0, type } = header;
    const offset = at + BLOCK;
    if (size < 0 || offset + size > ranges.size)
      throw endsEarly(ranges, next.path ?? header.path ?? '', size, offset);
    at = offset + Math.ceil(size / BLOCK) * BLOCK;
    const extra = EXTRA[type];
    if (extra === undefined) {
      const name = next.path ?? header.path ?? '';
      const bytes = next.size ?? always.size ?? size;
      if (bytes !== size) {
        if (offset + bytes > ranges.size) throw endsEarly(ranges, name, bytes, offset);
        at = offset + Math.ceil(bytes / BLOCK) * BLOCK;
      }
      yield { name, offset, size: bytes, type, link: next.linkpath ?? header.linkpath ?? '' };
      next = {};
      continue;
    }
    if (size > MOST_EXTRA) {
      throw formatProblem(ranges.url, {
        expected: `at most ${MOST_EXTRA} bytes of attributes at ${offset}`,
        actual: `${size}`,
      });
    }
    const body = await readExactly(ranges, offset, size);
    if (type === 'GlobalExtendedHeader') always = { ...always, ...paxOf(body) };
    else next = { ...next, ...extra(body) };
  }
}

const endsEarly = (ranges: Ranges, name: string, size: number, offset: number): Error =>
  formatProblem(ranges.url, {
    expected: `${size} bytes of ${name} from ${offset} on`,
    actual: `${ranges.size - offset}, where the file ends`,
  });

/** What the members are that only describe the one after them. */
const EXTRA: Partial<Record<Header['type'], (body: Buffer) => HeaderData>> = {
  ExtendedHeader: paxOf,
  OldExtendedHeader: paxOf,
  GlobalExtendedHeader: paxOf,
  NextFileHasLongPath: (body) => ({ path: textOf(body) }),
  OldGnuLongPath: (body) => ({ path: textOf(body) }),
  NextFileHasLongLinkpath: (body) => ({ linkpath: textOf(body) }),
};

/** Up to the first zero byte. */
function textOf(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString('utf8', 0, end === -1 ? body.length : end);
}

/** Records `LENGTH KEY=VALUE\n`, where LENGTH is that of the whole record (POSIX.1-2001, pax). */
function paxOf(body: Buffer): HeaderData {
  const found: HeaderData = {};
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const length = space === -1 ? NaN : Number(body.toString('latin1', at, space));
    if (!Number.isInteger(length) || length <= space - at || at + length > body.length) break;
    const record = body.toString('utf8', space + 1, at + length - 1);
    const equals = record.indexOf('=');
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === 'path') found.path = value;
    else if (key === 'linkpath') found.linkpath = value;
    else if (key === 'size' && /^\d{1,15}$/.test(value)) found.size = Number(value);
    at += length;
  }
  return found;
}

/** @returns undefined for an empty block */
function headerOf(ranges: Ranges, block: Buffer, at: number): Header | undefined {
  let header: Header;
  try {
    header = new Header(block, 0);
  } catch (cause) {
    throw damaged(ranges, at, messageOf(cause), cause);
  }
  if (header.nullBlock) return undefined;
  if (!header.cksumValid) throw damaged(ranges, at, 'another checksum');
  return header;
}

const damaged = (ranges: Ranges, at: number, actual: string, cause?: unknown): Error =>
  formatProblem(ranges.url, {
    expected: `the header of a tar member at byte ${at}`,
    actual,
    remedy: 'Fetch the archive again; it was damaged, or only a part of it was copied.',
    cause,
  });

/** A tar whose members are files of a source. */
export class TarArchive implements Archive {
  readonly url: string;
  readonly format = 'a tar of image files';
  readonly #ranges: Ranges;

  constructor(ranges: Ranges) {
    this.#ranges = ranges;
    this.url = ranges.url;
  }

  async *entries(): AsyncGenerator<ArchiveEntry> {
    const files = new Map<string, TarFile>();
    const links: Member[] = [];
    for await (const member of walkTar(new ReadAhead(this.#ranges))) {
      const { name, type, offset, size } = member;
      const plain = plainName(name);
      if (type === 'Link' || type === 'SymbolicLink') links.push(member);
      else if (isFile(type)) {
        files.set(plain, { name: plain, offset, size });
        yield { name, size, place: plainPlace(member) };
      } else if (type === 'Directory' || type === 'GNUDumpDir')
        yield { name: name.endsWith('/') ? name : `${name}/`, size: 0, place: '' };
      else yield { name, size, place: '', problem: { reason: 'not-a-file', detail: DETAIL[type] ?? type } };
    }
    const targets = new Map(links.map((link) => [plainName(link.name), targetOf(link)]));
    for (const { name } of links) {
      const found = follow(plainName(name), targets, files);
      if ('reason' in found) yield { name, size: 0, place: '', problem: found };
      else yield { name, size: found.size, place: plainPlace(found) };
    }
  }
}

/** Whether a member is a file, rather than a link, a folder or a device. */
export const isFile = (type: Header['type']): boolean =>
  type === 'File' || type === 'OldFile' || type === 'ContiguousFile';

const DETAIL: Partial<Record<Header['type'], string>> = {
  FIFO: 'a pipe',
  CharacterDevice: 'a device',
  BlockDevice: 'a device',
  SparseFile: 'a sparse file, which is not read from an archive',
};

const plainName = (name: string): string => path.posix.normalize(name).replace(/\/$/, '');

/** Hard links name a member, symbolic ones a place relative to their own. */
const targetOf = ({ name, type, link }: Member): string =>
  plainName(type === 'Link' ? link : path.posix.join(path.posix.dirname(name), link));

function follow(
  name: string,
  targets: ReadonlyMap<string, string>,
  files: ReadonlyMap<string, TarFile>,
): TarFile | ItemProblem {
  let at = name;
  for (let links = 0; links < MOST_LINKS; links++) {
    const file = links === 0 ? undefined : files.get(at);
    if (file !== undefined) return file;
    const target = targets.get(at);
    if (target === undefined)
      return { reason: 'dangling-link', detail: `a link to ${at}, which is no file of the archive` };
    if (/^(?:\.\.(?:\/|$)|\/)/.test(target))
      return { reason: 'dangling-link', detail: `a link out of the archive, to ${target}` };
    at = target;
  }
  return { reason: 'dangling-link', detail: 'links in a circle' };
}
