import { execFileSync } from 'node:child_process';
import path from 'node:path';

const WRITE = `
import sys, zipfile
path, name, version = sys.argv[1:]
info = f'{name}-{version}.dist-info/'
with zipfile.ZipFile(path, 'w') as wheel:
    wheel.writestr(info + 'METADATA', f'Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
    wheel.writestr(info + 'RECORD', '')
`;

/** For tests: a wheel that pip takes, with nothing in it, under the name of another. */
export function plantWheel(folder: string, fileName: string): void {
  const [name = '', version = ''] = fileName.split('-');
  execFileSync('python3', ['-c', WRITE, path.join(folder, fileName), name, version]);
}
