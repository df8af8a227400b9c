// The deployment of docker-compose.yml, started by testcontainers for one test file.

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { DockerComposeEnvironment, type StartedDockerComposeEnvironment } from 'testcontainers';
import { root } from '../../services/lab/src/fleet/compose/images.ts';
import { leaveOutReaperWhereItCannotBe } from './images.ts';

const run = promisify(execFile);

export interface DeploymentOptions {
  readonly strategy?: 'memory' | 'sticky' | 'redis';
  readonly instances: number;
  /** Files to be read after docker-compose.yml. */
  readonly overlays?: readonly string[];
  readonly profiles?: readonly string[];
}

export class Deployment implements AsyncDisposable {
  readonly #project: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #options: DeploymentOptions;
  readonly #started: StartedDockerComposeEnvironment;

  private constructor(
    project: string,
    environment: Readonly<Record<string, string>>,
    options: DeploymentOptions,
    started: StartedDockerComposeEnvironment,
  ) {
    this.#project = project;
    this.#environment = environment;
    this.#options = options;
    this.#started = started;
  }

  static async start(options: DeploymentOptions): Promise<Deployment> {
    await leaveOutReaperWhereItCannotBe();
    const { strategy = 'redis', instances, overlays = [], profiles = [] } = options;
    const project = `sessions-test-${randomBytes(4).toString('hex')}`;
    // Port 0: the engine takes free ones.
    const environment = {
      SESSION_STRATEGY: strategy,
      // While containers start, those that run on a small machine may wait for the processor for longer than an instance
      // is meant to wait for Redis.
      STORE_DEADLINE_MS: '2000',
      PROXY_PORT: '0',
      TLS_PORT: '0',
      PROMETHEUS_PORT: '0',
      GRAFANA_PORT: '0',
    };
    const started = await new DockerComposeEnvironment(root, ['docker-compose.yml', ...overlays])
      .withProjectName(project)
      .withEnvironment(environment)
      .withProfiles(...profiles)
      .withClientOptions({ commandOptions: ['--wait', '--scale', `app=${instances}`] })
      .withStartupTimeout(180_000)
      .up(profiles.length > 0 ? ['nginx', 'prometheus'] : ['nginx']);
    return new Deployment(project, environment, options, started);
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
    await this.compose('up', '--detach', '--wait', '--no-recreate', '--scale', `app=${instances}`, 'nginx');
  }

  async compose(...args: readonly string[]): Promise<string> {
    const files = ['docker-compose.yml', ...(this.#options.overlays ?? [])].flatMap((file) => ['-f', file]);
    const { stdout } = await run('docker', ['compose', '-p', this.#project, ...files, ...args], {
      cwd: root,
      env: { ...process.env, ...this.#environment },
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

  /** The names of the instances that run, oldest first: the beginning of their containers' ids. */
  async instances(): Promise<string[]> {
    const ids = await this.containers('app');
    return ids.map((id) => id.slice(0, 12));
  }

  /** Ids of the running containers of a service. */
  async containers(service: string): Promise<string[]> {
    const lines = await this.compose('ps', '--no-trunc', '--format', '{{.Name}} {{.ID}}', service);
    const number = (name = '') => Number(name.split('-').at(-1));
    return lines
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .sort(([a], [b]) => number(a) - number(b))
      .map(([, id = '']) => id);
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
