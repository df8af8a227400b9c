import { NotPossibleHere } from '../../supervision/errors.ts';
import { FleetError } from '../fleet.ts';
import { docker } from './docker.ts';

/** The versions of what runs containers, such as `{ docker: '28.5.2', compose: '2.40.3' }`. */
export type EngineVersions = Readonly<Record<'docker' | 'compose', string>>;

/** @throws {NotPossibleHere} when no engine answers or Compose is missing, with what to do about it */
export async function demandEngine(): Promise<EngineVersions> {
  const engine = await versionOf('version', '--format', '{{.Server.Version}}');
  if (engine instanceof Error) {
    throw new NotPossibleHere(
      'No Docker engine answers: start one (on Debian or Ubuntu as root: infra/docker-engine/up), or leave --fleet compose out.',
      { cause: engine },
    );
  }
  const compose = await versionOf('compose', 'version', '--short');
  if (compose instanceof Error) {
    throw new NotPossibleHere(
      'Docker Compose is missing: install its plugin for `docker compose` (on Debian the package docker-compose), or leave --fleet compose out.',
      { cause: compose },
    );
  }
  return { docker: engine, compose };
}

/** Whether a fleet in containers could be started here. Images are not looked for. */
export async function engineAnswers(): Promise<boolean> {
  return await demandEngine().then(
    () => true,
    () => false,
  );
}

async function versionOf(...args: string[]): Promise<string | FleetError> {
  try {
    return /\d+(\.\d+)+/.exec(await docker(args))?.[0] ?? 'unknown';
  } catch (error) {
    if (error instanceof FleetError) return error;
    throw error;
  }
}
