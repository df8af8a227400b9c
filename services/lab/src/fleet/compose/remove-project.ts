import { dockerLines } from './docker.ts';

const deadlineMs = 60_000;

/**
 * Removes the containers, networks and volumes of a Compose project, in whatever state they are. Goes on until nothing is
 * left: an engine that was told to create a container does so even when the command that told it has ended by then.
 *
 * @throws the last failure when something is left after a minute
 */
export async function removeProject(project: string): Promise<void> {
  const mine = ['--filter', `label=com.docker.compose.project=${project}`];
  const endsAt = performance.now() + deadlineMs;
  let foundNothing = 0;
  while (foundNothing < 2) {
    const containers = await dockerLines('ps', '--all', '--quiet', ...mine);
    const networks = await dockerLines('network', 'ls', '--quiet', ...mine);
    const volumes = await dockerLines('volume', 'ls', '--quiet', ...mine);
    if (containers.length + networks.length + volumes.length === 0) {
      foundNothing += 1;
      continue;
    }
    foundNothing = 0;
    try {
      if (containers.length > 0) await dockerLines('rm', '--force', '--volumes', ...containers);
      if (networks.length > 0) await dockerLines('network', 'rm', ...networks);
      if (volumes.length > 0) await dockerLines('volume', 'rm', '--force', ...volumes);
    } catch (error) {
      // A reaper may be removing the same at this moment, or a container has just been created.
      if (performance.now() > endsAt) throw error;
    }
  }
}
