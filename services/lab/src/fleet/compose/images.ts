import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { NotPossibleHere } from '../../supervision/errors.ts';
import { Workspace } from '../../supervision/workspace.ts';
import { FleetError } from '../fleet.ts';
import { docker, dockerEnvironment } from './docker.ts';

/** The root of the repository, without a slash at its end. */
export const root = fileURLToPath(new URL('../../../../../', import.meta.url)).replace(/\/$/, '');

/** The app's image as the laboratory builds it: one for each checkout, so that two beside each other do not mix. */
export const appImage = `express-sessions-at-scale/lab-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;

const pullMs = 600_000;
const buildMs = 600_000;

let complete: Promise<void> | undefined;

/**
 * Pulls the images that are missing and builds the app's from the sources as they are now. Once for each laboratory:
 * fleets that are started at the same time wait for the same work.
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

/**
 * Pulls those of the official images that are missing.
 *
 * @param names as in .env, without `_IMAGE`
 * @throws {NotPossibleHere} as {@link provideImages}
 */
export async function demandImages(names: readonly string[]): Promise<void> {
  await using workspace = await Workspace.open();
  const images = await Promise.all(names.map(officialImage));
  await Promise.all(images.map((image) => pullUnlessThere(workspace, image)));
}

/** The image that .env names, the one place of the images' versions. @param name such as `REDIS` */
export async function officialImage(name: string): Promise<string> {
  const text = await readFile(`${root}/.env`, 'utf8');
  const [, image] = new RegExp(`^${name}_IMAGE=(\\S+)$`, 'm').exec(text) ?? [];
  if (image === undefined) throw new FleetError(`.env should say ${name}_IMAGE`);
  return image;
}

/** What a fleet needs. The profiles `observability` and `load` need more. */
export const fleetImages = ['NODE', 'NGINX', 'REDIS', 'POSTGRES'] as const;

async function provide(workspace: Workspace): Promise<void> {
  const images = await Promise.all(fleetImages.map(officialImage));
  await Promise.all(images.map((image) => pullUnlessThere(workspace, image)));
  const build = await workspace.start({
    name: 'docker build',
    command: 'docker',
    args: [
      ...['build', '--file', `${root}/services/app/Dockerfile`],
      ...['--build-arg', `NODE_IMAGE=${await officialImage('NODE')}`, '--tag', appImage, root],
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
