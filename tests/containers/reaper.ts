// testcontainers starts a container of its own (Ryuk) that removes the others when the tests die. Its image comes from a
// registry. Where the deployment's images had to be built as stand-ins, there is none to pull it from.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { root } from '../../services/lab/src/fleet/compose/images.ts';

export async function leaveOutReaperWhereItCannotBe(): Promise<void> {
  const image = await officialImage('NODE');
  const format = '{{index .Config.Labels "stand-in"}}';
  const { stdout } = await promisify(execFile)('docker', ['image', 'inspect', '--format', format, image]);
  if (stdout.trim() === 'true') process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
}

/** The image that .env names, which is the one place where versions stand. */
export async function officialImage(name: string): Promise<string> {
  const text = await readFile(`${root}/.env`, 'utf8');
  const [, image] = new RegExp(`^${name}_IMAGE=(\\S+)$`, 'm').exec(text) ?? [];
  if (image === undefined) throw new Error(`.env should say ${name}_IMAGE`);
  return image;
}
