// infra/swarm/stack.yml on three engines of the test's own (infra/swarm-engine): deployed by the command that users type, with
// wide limits for one client, since all people of a test have one address. Nothing of it is left afterwards.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { dockerEnvironment } from '../../../services/lab/src/fleet/compose/docker.ts';
import {
  appImage,
  officialImage,
  provideImages,
  root,
} from '../../../services/lab/src/fleet/compose/images.ts';
import { eventually } from '../../../services/lab/src/fleet/eventually.ts';
import { waitUntilProxyUses } from '../../../services/lab/src/fleet/wait-until-proxy-uses.ts';
import { Workspace } from '../../../services/lab/src/supervision/workspace.ts';

const run = promisify(execFile);

/** A second name for the same image: another release. */
export const nextImage = `${appImage}:next`;

const state = '/var/lib/swarm-engine-of-tests';
const addresses = [1, 2, 3].map((node) => `10.98.0.${10 + node}`);
const socketOf = (node: number) => `unix://${state}/node${node}/docker.sock`;

interface Task {
  /** The instance's name, as in X-Served-By. */
  readonly name: string;
  readonly node: string;
  /** What Swarm wants of it, such as `running` or `shutdown`. */
  readonly desired: string;
  /** What it is, such as `running`, `starting` or `complete`. */
  readonly current: string;
}

export class SwarmDeployment implements AsyncDisposable {
  /** The proxy of the first node, which is the manager and has the volumes. */
  readonly baseUrl = `http://${addresses[0]}:8080`;
  readonly #workspace: Workspace;

  private constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  static async start(): Promise<SwarmDeployment> {
    const deployment = new SwarmDeployment(await Workspace.open());
    try {
      await deployment.#start();
      return deployment;
    } catch (error) {
      await deployment[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start(): Promise<void> {
    await engines('down'); // what a test that was killed has left
    await engines('up');
    await provideImages(this.#workspace);
    const official = await Promise.all(['NGINX', 'REDIS', 'POSTGRES'].map(officialImage));
    await engines('load', appImage, ...official);
    for (const node of [1, 2, 3]) await docker(node, 'tag', appImage, nextImage);
    await this.docker('node', 'update', '--label-add', 'postgres-data=here', 'node1');
    await this.docker('node', 'update', '--label-add', 'redis-data=here', 'node1');
    await this.deploy();
    await this.untilUsed();
  }

  /** As users do it, with what plain HTTP at these addresses and many users of one address need. */
  async deploy(): Promise<void> {
    const more = ['--resolve-image', 'never', '--compose-file', 'tests/containers/many-users.yml'];
    await command('infra/swarm/deploy', ['sessions', ...more], {
      DOCKER_HOST: socketOf(1),
      APP_IMAGE: appImage,
      ALLOWED_HOSTS: addresses.join(','),
      // As for the tests on containers: three nodes share one machine's processor, and while containers start on all of them
      // an instance may wait for it for longer than it is meant to wait for Redis.
      STORE_DEADLINE_MS: '2000',
      CLIENT_REQUESTS_PER_SECOND: '1000000',
      CLIENT_REQUESTS_BURST: '1000000',
      CLIENT_CONNECTIONS: '65535',
    });
  }

  async docker(...args: readonly string[]): Promise<string> {
    return await docker(1, ...args);
  }

  /** The tasks of a service, those that have ended included. */
  async tasks(service: string): Promise<Task[]> {
    const format = '{{.Name}} {{.ID}} {{.Node}} {{.DesiredState}} {{.CurrentState}}';
    const text = await this.docker('service', 'ps', '--no-trunc', '--format', format, `sessions_${service}`);
    return text.split('\n').flatMap((line) => {
      const [name = '', id = '', node = '', desired = '', current = ''] = line.split(' ');
      if (name === '') return [];
      return [
        { name: `${name}.${id}`, node, desired: desired.toLowerCase(), current: current.toLowerCase() },
      ];
    });
  }

  /** The names of the instances that run and are not ending. */
  async instances(): Promise<string[]> {
    const tasks = await this.tasks('app');
    return tasks.filter(isRunning).map(({ name }) => name);
  }

  /** Resolves when so many run and all others have ended. @param dead a node of which nobody will hear that */
  async settle(count: number, { dead = '' } = {}): Promise<void> {
    const ended = ['shutdown', 'complete', 'failed', 'rejected', 'orphaned', 'removed'];
    let last: Task[] = [];
    await eventually(
      `${count} instances run, and all others have ended`,
      async () => {
        last = await this.tasks('app');
        const others = last.filter((task) => !isRunning(task) && task.node !== dead);
        const running = last.filter((task) => isRunning(task) && task.node !== dead);
        return running.length === count && others.every(({ current }) => ended.includes(current));
      },
      { deadlineMs: 150_000, everyMs: 250, details: () => JSON.stringify(last) },
    );
  }

  async scaleTo(count: number): Promise<void> {
    await this.docker('service', 'scale', '--detach', `sessions_app=${count}`);
    await this.settle(count);
    await this.untilUsed();
  }

  /** Resolves when nginx hands requests to all instances. */
  async untilUsed(): Promise<void> {
    const added = await this.instances();
    await waitUntilProxyUses(this.baseUrl, { instances: added.length, added, removed: 0 });
  }

  /** How often Swarm has asked each of the instances for its health since then, the newest five times. */
  async checksSince(date: Date): Promise<number[]> {
    const own = ['--filter', 'label=com.docker.swarm.service.name=sessions_app'];
    const format = '{{range .State.Health.Log}}{{.Start.Unix}} {{end}}';
    const counts = await Promise.all(
      [1, 2, 3].map(async (node) => {
        const ids = (await docker(node, 'ps', '--quiet', ...own)).split('\n').filter((id) => id !== '');
        if (ids.length === 0) return [];
        const text = await docker(node, 'inspect', '--format', format, ...ids);
        const isLater = (second: string) => Number(second) * 1000 > date.getTime();
        return text
          .trim()
          .split('\n')
          .map((line) => line.split(' ').filter((second) => second !== '' && isLater(second)).length);
      }),
    );
    return counts.flat();
  }

  /** As if its plug were pulled. */
  async killNode(name: string): Promise<void> {
    const processes = await readFile(`${state}/processes`, 'utf8');
    const [, pid] = new RegExp(`^${name} (\\d+) `, 'm').exec(processes) ?? [];
    process.kill(Number(pid), 'SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await engines('down');
    } finally {
      await this.#workspace[Symbol.asyncDispose]();
    }
  }
}

const isRunning = ({ desired, current }: Task) => desired === 'running' && current === 'running';

async function engines(program: 'up' | 'down' | 'load', ...args: readonly string[]): Promise<void> {
  await command(`infra/swarm-engine/${program}`, args);
}

/** By the engine of a node. */
async function docker(node: number, ...args: readonly string[]): Promise<string> {
  return await command('docker', ['--host', socketOf(node), ...args]);
}

/** @throws with what it said when its exit code is not 0, or after its time */
async function command(
  program: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await run(program, args, {
    cwd: root,
    env: { ...dockerEnvironment(), SWARM_ENGINE_STATE: state, ...more },
    timeout: 180_000,
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}
