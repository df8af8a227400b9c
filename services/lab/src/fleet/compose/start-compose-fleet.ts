import { demandPort, freePort } from '../../supervision/free-port.ts';
import { type Fleet, FleetError, type FleetOptions } from '../fleet.ts';
import { waitUntilProxyUses } from '../wait-until-proxy-uses.ts';
import { BackingContainer, redisIn } from './backing-container.ts';
import { ComposeFleet } from './compose-fleet.ts';
import { ContainerExits } from './container-exits.ts';
import { demandEngine, type EngineVersions } from './engine.ts';
import { provideImages } from './images.ts';
import { ContainerPool } from './instance-pool.ts';
import { override } from './override.ts';
import { Project } from './project.ts';

/**
 * Starts a fleet in containers: the very docker-compose.yml that users run, under a project name of its own. Several can
 * run beside each other; none outlives the laboratory.
 *
 * @throws {NotPossibleHere} when there is no engine, no Compose, no image, or the wanted port is in use
 * @throws {FleetError} when a component does not start. Nothing is left running then
 */
export async function startComposeFleet(options: FleetOptions): Promise<Fleet> {
  options.signal?.throwIfAborted();
  if (options.appEntry !== undefined) {
    throw new FleetError(
      'A fleet in containers runs the program that is in the app’s image; appEntry is for processes.',
    );
  }
  const engine = await demandEngine();
  const project = await Project.open();
  // Disposal ends the commands that the start is waiting for, and so the start itself.
  const abort = () => void project[Symbol.asyncDispose]();
  options.signal?.addEventListener('abort', abort);
  try {
    options.signal?.throwIfAborted();
    const fleet = await start(project, engine, options);
    options.signal?.throwIfAborted();
    return fleet;
  } catch (error) {
    await project[Symbol.asyncDispose]();
    // An error that a command "ended" is only a consequence of the abort.
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

async function start(project: Project, engine: EngineVersions, options: FleetOptions): Promise<Fleet> {
  const { strategy, instances } = options;
  const onExited = options.onDependencyExited ?? (() => {});
  const port = options.port === undefined ? await freePort() : await demandPort(options.port);
  await provideImages(project.workspace);

  await project.configure(override(options), {
    PROXY_PORT: String(port),
    PROXY_ADDRESS: '127.0.0.1',
  });
  const exits = await ContainerExits.listen(project);
  await project.up('--wait', '--scale', `app=${instances}`);

  const [redis, postgres, nginx] = await Promise.all([
    BackingContainer.of(project, 'redis', exits, onExited),
    BackingContainer.of(project, 'postgres', exits, onExited),
    BackingContainer.of(project, 'nginx', exits, onExited),
  ]);
  const pool = new ContainerPool(project, exits);
  const baseUrl = `http://127.0.0.1:${port}`;
  const names = (await pool.members()).map(({ name }) => name);
  await waitUntilProxyUses(baseUrl, { instances: names.length, added: names, removed: 0 });
  const [redisVersion, postgresVersion, nginxVersion] = await Promise.all([
    redis.exec('redis-server', '--version'),
    postgres.exec('postgres', '--version'),
    // nginx prints its version to its standard error.
    nginx.exec('sh', '-c', 'nginx -v 2>&1'),
  ]);
  return new ComposeFleet({
    ...{ strategy, baseUrl, project, exits, pool, postgres, nginx },
    redis: redisIn(redis),
    versions: {
      nginx: number(nginxVersion),
      redis: number(redisVersion),
      postgres: number(postgresVersion),
      ...engine,
    },
  });
}

function number(text: string): string {
  return /\d+(\.\d+)+/.exec(text)?.[0] ?? 'unknown';
}
