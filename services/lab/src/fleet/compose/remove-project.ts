import { dockerLines } from './docker.ts';

const deadlineMs = 60_000;

/**
 * Removes the containers, networks and volumes of a Compose project, in whatever state they are. Goes on until nothing is
 * left: an engine that was told to create a container does so even when whoever told it is gone by then.
 *
 * @throws the last failure when something is left after a minute
 */
export async function removeProject(project: string): Promise<void> {
  const mine = ['--filter', `label=com.docker.compose.project=${project}`];
  const endsAt = performance.now() + deadlineMs;
  let lookedInVain = 0;
  while (lookedInVain < 2) {
    const containers = await dockerLines('ps', '--all', '--quiet', ...mine);
    const networks = await dockerLines('network', 'ls', '--quiet', ...mine);
    const volumes = await dockerLines('volume', 'ls', '--quiet', ...mine);
    if (containers.length + networks.length + volumes.length === 0) {
      lookedInVain += 1;
      continue;
    }
    lookedInVain = 0;
    try {
      if (containers.length > 0) await dockerLines('rm', '--force', '--volumes', ...containers);
      if (networks.length > 0) await dockerLines('network', 'rm', ...networks);
      if (volumes.length > 0) await dockerLines('volume', 'rm', '--force', ...volumes);
    } catch (error) {
      // Somebody else, such as a reaper, may be removing the same; or a container has just come into being.
      if (performance.now() > endsAt) throw error;
    }
  }
}
