// A fresh clone of this repository, with what is changed here and not committed yet. What a newcomer's first command would
// download is linked from here, so that each document does not take minutes: the packages, Node 24 and k6.

import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Of some 40,000 files, on a busy machine. */
const deadlineMs = 120_000;

const shared = ['node_modules', '.cache/bin'];

/** @param clone a path at which nothing is yet */
export async function cloneInto(clone: string, root: string): Promise<void> {
  const git = async (...args: string[]) => {
    const { stdout } = await run('git', args, { cwd: root, timeout: deadlineMs, maxBuffer: 2 ** 26 });
    return stdout.split('\0').filter((line) => line !== '');
  };
  await git('clone', '--quiet', '--no-hardlinks', root, clone);
  const deleted = await git('ls-files', '-z', '--deleted');
  for (const path of deleted) await rm(join(clone, path));
  for (const path of await git('ls-files', '-z', '--modified', '--others', '--exclude-standard')) {
    if (!deleted.includes(path)) await cp(join(root, path), join(clone, path));
  }
  for (const path of [...shared, ...(await nodesIn(root))]) {
    if (await exists(join(root, path))) await linkTree(join(root, path), join(clone, path));
  }
}

/** The Node that services/lab/setup/run.mjs installs where the machine's is too old. */
async function nodesIn(root: string): Promise<string[]> {
  const [, version] =
    /nodeForOlderMachines = '(.+)'/.exec(await readFile(join(root, 'services/lab/setup/run.mjs'), 'utf8')) ??
    [];
  return version === undefined ? [] : [join('.cache', `node-${version}`)];
}

/** Hard links where they are possible: npm replaces files and writes into none. */
async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  const sameDisk = (await stat(from)).dev === (await stat(dirname(to))).dev;
  await run('cp', ['-a', ...(sameDisk ? ['-l'] : []), from, to], { timeout: deadlineMs });
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
