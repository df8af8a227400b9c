import { Watchdog } from '../../supervision/watchdog.ts';
import { dockerEnvironment } from './docker.ts';

/** Removes a Compose project if the laboratory dies: the engine would keep the containers for ever. */
export async function startProjectReaper(project: string): Promise<Watchdog> {
  const program = new URL('./project-reaper-process.ts', import.meta.url);
  return await Watchdog.start(program, [project], dockerEnvironment());
}
