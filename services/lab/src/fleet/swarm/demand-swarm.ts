import { existsSync } from 'node:fs';
import which from 'which';
import { NotPossibleHere } from '../../supervision/errors.ts';

/** @throws {NotPossibleHere} where infra/swarm-engine cannot start a swarm, with what to do about it */
export async function demandSwarm(): Promise<void> {
  const unpacked = `${process.env.DOCKER_ENGINE_STATE ?? '/var/lib/docker-engine-by-hand'}/programs/dockerd`;
  const isThere = existsSync(unpacked) || (await which('dockerd', { nothrow: true })) !== null;
  if (isThere && process.getuid?.() === 0) return;
  throw new NotPossibleHere(
    'A swarm of three engines takes root and the program dockerd: install Docker, or on Debian or Ubuntu run infra/docker-engine/up.',
  );
}
