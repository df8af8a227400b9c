import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Workspace } from '../../supervision/workspace.ts';
import { FleetError, NotPossibleHere } from '../fleet.ts';
import { docker, dockerEnvironment } from './docker.ts';

/** The root of the repository, without a slash at its end. */
export const root = fileURLToPath(new URL('../../../../../', import.meta.url)).replace(/\/$/, '');

/** The app's image as the laboratory builds it: one for each checkout, so that two beside each other do not mix. */
export const appImage = `express-sessions-at-scale/lab-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;

const pullMs = 600_000;
const buildMs = 600_000;

let complete: Promise<void> | undefined;

/**
 * Pulls the images that are missing and builds the app's from the sources as they are now. Once for each laboratory: fleets that are started at the same time wait for the same work.
 *
 * @throws {NotPossibleHere} when an image is missing and cannot be pulled
 */
export async function provideImages(workspace: Workspace): Promise<void> {
  const work = complete ?? provide(workspace);
  complete = work;
  await work.catch((error: unknown) => {
    // The fleet that started it may have been aborted. The next one tries again.
    if (complete === work) complete = undefined;
    throw error;
  });
}

async function provide(workspace: Workspace): Promise<void> {
  const images = await officialImages();
  await Promise.all(images.needed.map((image) => pullUnlessThere(workspace, image)));
  const build = await workspace.start({
    name: 'docker build',
    command: 'docker',
    args: [
      ...['build', '--file', `${root}/services/app/Dockerfile`],
      ...['--build-arg', `NODE_IMAGE=${images.node}`, '--tag', appImage, root],
    ],
    env: { ...dockerEnvironment(), DOCKER_BUILDKIT: '1' },
  });
  const { code } = await build.end(buildMs);
  if (code !== 0) throw new FleetError(`The app's image could not be built:\n${build.log.excerpt(30)}`);
}

async function pullUnlessThere(workspace: Workspace, image: string): Promise<void> {
  const there = await docker(['image', 'inspect', '--format', '{{.Id}}', image]).catch(() => undefined);
  if (there !== undefined) return;
  const pull = await workspace.start({
    name: `docker pull ${image}`,
    command: 'docker',
    args: ['pull', '--quiet', image],
    env: dockerEnvironment(),
  });
  const { code } = await pull.end(pullMs);
  if (code === 0) return;
  throw new NotPossibleHere(
    `The image ${image} is not here and cannot be pulled (${pull.log.lines.at(-1) ?? 'no reason given'}). ` +
      'Where no registry is in reach, build stand-ins from Debian packages: infra/offline-images/build',
  );
}

/** From .env, the one place of the images' versions. What only the profile `observability` needs is left out. */
async function officialImages(): Promise<{ readonly node: string; readonly needed: readonly string[] }> {
  const text = await readFile(`${root}/.env`, 'utf8');
  const image = (name: string) => {
    const [, value] = new RegExp(`^${name}_IMAGE=(\\S+)$`, 'm').exec(text) ?? [];
    if (value === undefined) throw new FleetError(`.env should say ${name}_IMAGE`);
    return value;
  };
  const node = image('NODE');
  return { node, needed: [node, image('NGINX'), image('REDIS'), image('POSTGRES')] };
}
