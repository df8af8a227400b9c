// Somebody who types commands on a Compose project: docker compose and the scripts of infra/compose.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { dockerEnvironment } from '../../services/lab/src/fleet/compose/docker.ts';
import { root } from '../../services/lab/src/fleet/compose/images.ts';

export interface Typed {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Disposing one removes the project with its volumes. */
export class Operator implements AsyncDisposable {
  readonly #environment: Readonly<Record<string, string>>;

  /** @param environment more than the project's name, such as COMPOSE_FILE */
  constructor(project: string, environment: Readonly<Record<string, string>>) {
    this.project = project;
    this.#environment = { ...dockerEnvironment(), COMPOSE_PROJECT_NAME: project, ...environment };
  }
  readonly project: string;

  /** The same with other settings, as after a change of .env. */
  with(environment: Readonly<Record<string, string>>): Operator {
    return new Operator(this.project, { ...this.#environment, ...environment });
  }

  /** @throws with what it said when its exit code is not 0 */
  async run(...command: readonly [string, ...string[]]): Promise<Typed> {
    const typed = await this.try(...command);
    if (typed.exitCode !== 0) throw new Error(`${command.join(' ')}: ${typed.stderr.slice(-4000)}`);
    return typed;
  }

  try(...command: readonly [string, ...string[]]): Promise<Typed> {
    return this.start(...command).ended;
  }

  /** @returns with `interrupt`, which is Ctrl-C: a signal to the whole group of its processes */
  start(...[program, ...args]: readonly [string, ...string[]]) {
    const child = spawn(program, args, {
      cwd: root,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const closed = once(child, 'close');
    const ended = Promise.all([closed, text(child.stdout), text(child.stderr)]).then(
      ([[exitCode], stdout, stderr]): Typed => ({ exitCode, stdout, stderr }),
    );
    return {
      ended,
      interrupt: () => {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
      },
    };
  }

  async volumes(): Promise<string[]> {
    const label = `label=com.docker.compose.project=${this.project}`;
    const { stdout } = await this.run('docker', 'volume', 'ls', '--quiet', '--filter', label);
    return stdout.split('\n').filter((name) => name !== '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run('docker', 'compose', '--profile', '*', 'down', '--volumes');
  }
}
