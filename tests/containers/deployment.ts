// The deployment of docker-compose.yml, started by testcontainers for one test file.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { DockerComposeEnvironment, type StartedDockerComposeEnvironment } from 'testcontainers';
import { root } from '../../services/lab/src/fleet/compose/images.ts';
import type { ClientLimits } from '../../services/lab/src/fleet/fleet.ts';
import { settingsOf } from '../../services/lab/src/fleet/laboratory-settings.ts';
import { leaveOutReaperWhereItCannotBe } from './images.ts';

const run = promisify(execFile);

export interface DeploymentOptions {
  readonly strategy?: 'memory' | 'sticky' | 'redis';
  readonly instances: number;
  /** Files to be read after docker-compose.yml. */
  readonly overlays?: readonly string[];
  readonly profiles?: readonly string[];
  /** Default: `laboratory`, because everything that a test sends through the published port has one address. */
  readonly clientLimits?: ClientLimits;
}

interface Operation {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly overlays?: readonly string[];
}

export class Deployment implements AsyncDisposable {
  readonly project: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #options: DeploymentOptions;
  readonly #started: StartedDockerComposeEnvironment;

  private constructor(
    project: string,
    environment: Readonly<Record<string, string>>,
    options: DeploymentOptions,
    started: StartedDockerComposeEnvironment,
  ) {
    this.project = project;
    this.#environment = environment;
    this.#options = options;
    this.#started = started;
  }

  static async start(options: DeploymentOptions): Promise<Deployment> {
    await leaveOutReaperWhereItCannotBe();
    const { strategy = 'redis', instances, overlays = [], profiles = [] } = options;
    const { ACCESS_LOG: _, ...limits } = settingsOf('nginx', 'compose', options.clientLimits);
    const project = `sessions-test-${randomBytes(4).toString('hex')}`;
    // Port 0: the engine takes free ones.
    const environment = {
      TEST_STRATEGY: strategy,
      // While containers start, those that run on a small machine may wait for the processor for longer than an instance
      // is meant to wait for Redis.
      STORE_DEADLINE_MS: '2000',
      ...limits,
      PROXY_PORT: '0',
      TLS_PORT: '0',
      PROMETHEUS_PORT: '0',
      GRAFANA_PORT: '0',
    };
    const started = await new DockerComposeEnvironment(root, [
      'docker-compose.yml',
      ...withStrategy(overlays),
    ])
      .withProjectName(project)
      .withEnvironment(environment)
      .withProfiles(...profiles)
      .withClientOptions({ commandOptions: ['--wait', '--scale', `app=${instances}`] })
      .withStartupTimeout(180_000)
      .up(profiles.length > 0 ? ['app', 'prometheus'] : ['app']);
    return new Deployment(project, environment, { ...options, overlays: withStrategy(overlays) }, started);
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port('nginx', 8080)}`;
  }

  /** The port on loopback under which a service's port is published. */
  port(service: string, port: number): number {
    return this.#started.getContainer(`${service}-1`).getMappedPort(port);
  }

  /** What a user types to scale, on this project. Resolves when all are healthy. */
  async scaleTo(instances: number): Promise<void> {
    await this.compose('up', '--detach', '--wait', '--no-recreate', '--scale', `app=${instances}`, 'app');
  }

  /** `docker stop` and `docker rm`, as a user types them. */
  async remove(instance = ''): Promise<void> {
    const id = await this.#idOf(instance);
    await this.docker('stop', id);
    await this.docker('rm', id);
  }

  /** `docker kill`, as a user types it. */
  async kill(instance = ''): Promise<void> {
    await this.docker('kill', await this.#idOf(instance));
  }

  async #idOf(instance: string): Promise<string> {
    const one = (await this.#list('app')).find(({ name }) => name === instance);
    if (one === undefined) throw new TypeError(`there is no instance ${instance}`);
    return one.id;
  }

  /** A program of infra/compose, as an operator runs it on this deployment. Resolves with what it said. */
  async operate(program: string, ...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await this.operation(program, { args });
    return stdout + stderr;
  }

  /** The same, with more settings and files. Rejects with what it said and its exit code; `child` is its process. */
  operation(program: string, { args = [], environment = {}, overlays = [] }: Operation = {}) {
    const files = ['docker-compose.yml', ...(this.#options.overlays ?? []), ...overlays];
    return run(`${root}/infra/compose/${program}`, [...args], {
      cwd: root,
      env: {
        ...process.env,
        ...this.#environment,
        ...environment,
        COMPOSE_PROJECT_NAME: this.project,
        COMPOSE_FILE: files.join(':'),
      },
    });
  }

  async compose(...args: readonly string[]): Promise<string> {
    const files = ['docker-compose.yml', ...(this.#options.overlays ?? [])].flatMap((file) => ['-f', file]);
    const { stdout } = await run('docker', ['compose', '-p', this.project, ...files, ...args], {
      cwd: root,
      env: { ...process.env, ...this.#environment },
      // For logs.
      maxBuffer: 2 ** 26,
    });
    return stdout;
  }

  /** `docker compose run --rm k6 run /loadtest/SCRIPT`, as a user types it, with what it said and its exit code. */
  async k6(script: string, settings: Readonly<Record<string, string>>) {
    const variables = Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const command = ['run', '--rm', ...variables, 'k6', 'run', `/loadtest/${script}.ts`];
    try {
      return { exitCode: 0, output: await this.compose(...command) };
    } catch (error) {
      // Not `instanceof Error`: it is made outside of Jest's own world, with another Error.
      if (typeof error !== 'object' || error === null || !('code' in error && 'stdout' in error)) throw error;
      return { exitCode: error.code, output: String(error.stdout) };
    }
  }

  /** The names of the instances that run, oldest first, as `docker compose ps` has them without the project. */
  async instances(): Promise<string[]> {
    const containers = await this.#list('app');
    return containers.map(({ name }) => name);
  }

  /** Ids of the running containers of a service. */
  async containers(service: string): Promise<string[]> {
    const containers = await this.#list(service);
    return containers.map(({ id }) => id);
  }

  async #list(service: string): Promise<{ readonly name: string; readonly id: string }[]> {
    const lines = await this.compose('ps', '--no-trunc', '--format', '{{.Name}} {{.ID}}', service);
    const number = (name = '') => Number(name.split('-').at(-1));
    return lines
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .sort(([a], [b]) => number(a) - number(b))
      .map(([name = '', id = '']) => ({ name: name.slice(this.project.length + 1), id }));
  }

  /** What it logged of upstreams that failed; for the reader of a failed test. */
  async nginxErrors(): Promise<string[]> {
    const lines = (await this.compose('logs', '--no-log-prefix', 'nginx')).split('\n');
    return lines.filter((line) => /\[(error|warn|crit)\]/.test(line)).slice(-60);
  }

  async docker(...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await run('docker', [...args]);
    return stdout + stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#started.down({ removeVolumes: true });
  }
}

/** strategy.env holds what the deployment of this folder has. */
const withStrategy = (overlays: readonly string[]) => ['tests/containers/strategy.yml', ...overlays];
