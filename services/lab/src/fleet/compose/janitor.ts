import { LastWill } from '../premises/last-will.ts';
import { dockerEnvironment } from './docker.ts';

/** Removes a Compose project if the laboratory dies: the engine would keep the containers for ever. */
export async function startProjectJanitor(project: string): Promise<LastWill> {
  const program = new URL('./janitor-process.ts', import.meta.url);
  return await LastWill.start(program, [project], dockerEnvironment());
}
