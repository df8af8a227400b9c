// The Compose projects that a document's commands make have to be new: they are removed at the end, with their data.

import { dockerLines } from '../../../services/lab/src/fleet/compose/docker.ts';
import type { Step } from './steps.ts';

/** @throws with the name of a project that is there already */
export async function demandNewProjects(document: string, projects: readonly string[]): Promise<void> {
  for (const project of projects) {
    const mine = ['--filter', `label=com.docker.compose.project=${project}`];
    const containers = await dockerLines('ps', '--all', '--quiet', ...mine);
    const volumes = await dockerLines('volume', 'ls', '--quiet', ...mine);
    if (containers.length + volumes.length > 0) {
      throw new Error(
        `The commands of ${document} make a Compose project ${project}, and there is one already: remove it first.`,
      );
    }
  }
}

/** Those that its commands name. Without a name Compose takes that of the clone's folder, which is new. */
export function projectsIn(steps: readonly Step[]): string[] {
  const names = steps.flatMap((step) =>
    Array.from(JSON.stringify(step).matchAll(/COMPOSE_PROJECT_NAME=([\w-]+)/g), ([, name = '']) => name),
  );
  return [...new Set(names)];
}
