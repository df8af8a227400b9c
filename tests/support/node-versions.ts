// Other versions of Node than the one that runs the tests.

import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const cache = join(import.meta.dirname, '..', '..', '.cache');

/** The path of a Node of this major version: this one, that of PATH, or one installed by npm into .cache/. */
export async function nodeOfMajor(major: number): Promise<string> {
  for (const node of [process.execPath, 'node']) {
    const version = await run(node, ['--version']).catch(() => undefined);
    if (version?.stdout.startsWith(`v${major}.`)) return node;
  }
  // As services/lab/setup/run.mjs: the package `node` would choose it by an install script, which may not be allowed.
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const name = `${prefix}-${process.platform}-${process.arch}`;
  const home = join(cache, `node-${major}`);
  const binary = join(home, 'node_modules', name, 'bin', 'node');
  if (!(await exists(binary))) await install(`${name}@${major}`, home);
  return binary;
}

/** Aside first, so that a Ctrl-C in between leaves nothing that looks complete. */
async function install(spec: string, home: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const aside = await mkdtemp(join(cache, 'installing-'));
  try {
    await run('npm', [
      'install',
      '--prefix',
      aside,
      '--no-save',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      spec,
    ]);
    await rm(home, { recursive: true, force: true });
    await rename(aside, home);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
