// Which cluster a fleet runs on, and how kubectl reaches it.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import which from 'which';
import { z } from 'zod';
import { NotPossibleHere } from '../../supervision/errors.ts';
import { FleetError } from '../fleet.ts';

const run = promisify(execFile);

/** For commands that the API server carries out at once. */
const deadlineMs = 30_000;

/** Where infra/kubernetes-engine keeps its cluster. */
export const engineFolder = process.env.KUBERNETES_ENGINE_STATE ?? '/var/lib/kubernetes-engine';

/** A cluster that kubectl knows. */
export interface Cluster {
  readonly context: string;
  /** Such as `1.36.3`. */
  readonly version: string;
  readonly kubectl: Kubectl;
}

/**
 * Runs kubectl, on one context and perhaps in one namespace. The command line and not the API, because only it knows how to
 * log in to whatever cluster it is.
 */
export class Kubectl {
  readonly program: string;
  readonly #common: readonly string[];

  constructor(program: string, common: readonly string[]) {
    this.program = program;
    this.#common = common;
  }

  in(namespace: string): Kubectl {
    return new Kubectl(this.program, [...this.#common, '--namespace', namespace]);
  }

  /** All arguments of a command, for who starts it himself. */
  args(...args: readonly string[]): string[] {
    return [...this.#common, ...args];
  }

  /**
   * @param input written to its standard input
   * @returns what it wrote to its standard output
   * @throws {FleetError} with what it wrote to its standard error
   */
  async run(args: readonly string[], input = '', withinMs = deadlineMs): Promise<string> {
    const running = run(this.program, this.args(...args), {
      env: process.env,
      timeout: withinMs,
      maxBuffer: 64 * 1024 * 1024,
    });
    running.child.stdin?.on('error', () => {}).end(input);
    try {
      return (await running).stdout;
    } catch (cause) {
      const reason = String(Reflect.get(Object(cause), 'stderr') ?? '').trim();
      throw new FleetError(`kubectl ${args.slice(0, 4).join(' ')} … failed: ${reason || String(cause)}`, {
        cause,
      });
    }
  }
}

const versions = z.object({ serverVersion: z.object({ gitVersion: z.string() }) });

/**
 * @param wanted a context by its name. Default: the current one, if its cluster is on this machine; without any, the cluster of
 *   infra/kubernetes-engine
 * @throws {NotPossibleHere} when there is none, or it does not answer, with what to do about it
 */
export async function demandCluster(wanted?: string): Promise<Cluster> {
  const program = await findKubectl();
  const file = configurationFile();
  if (program === undefined || file === undefined) {
    throw new NotPossibleHere(
      `${program === undefined ? 'kubectl is missing' : 'kubectl knows no cluster'}: make one with kind, k3d or minikube, or on Debian or Ubuntu as root with infra/kubernetes-engine/up. Or leave --fleet kubernetes out.`,
    );
  }
  const configured = ['--kubeconfig', file, '--cache-dir', join(homedir(), '.kube', 'cache')];
  const any = new Kubectl(program, configured);
  const context = wanted ?? (await any.run(['config', 'current-context']).catch(() => '')).trim();
  if (context === '') throw new NotPossibleHere('kubectl has no current context: name one with --context.');
  const kubectl = new Kubectl(program, [...configured, '--context', context]);
  if (wanted === undefined) await demandLocal(kubectl, context);
  const text = await kubectl
    .run(['version', '--output', 'json', '--request-timeout', '10s'])
    .catch((cause: unknown) => {
      throw new NotPossibleHere(`The cluster of the context ${context} does not answer.`, { cause });
    });
  const { serverVersion } = versions.parse(JSON.parse(text));
  return { context, version: serverVersion.gitVersion.replace(/^v/, ''), kubectl };
}

/** Whether a fleet could be started here. Images are not looked for. */
export async function clusterAnswers(): Promise<boolean> {
  return await demandCluster().then(
    () => true,
    () => false,
  );
}

/** A laboratory that kills nodes and fills memory must not find itself in a cluster that others use. */
async function demandLocal(kubectl: Kubectl, context: string): Promise<void> {
  const server = await kubectl.run([
    ...['config', 'view', '--minify', '--output'],
    'jsonpath={.clusters[0].cluster.server}',
  ]);
  const { hostname } = new URL(server);
  if (/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) return;
  throw new NotPossibleHere(
    `The cluster of kubectl's current context is not on this machine but at ${hostname}. If a fleet is to run there all the same, name it: --context ${context}`,
  );
}

async function findKubectl(): Promise<string | undefined> {
  const installed = await which('kubectl', { nothrow: true });
  const unpacked = `${engineFolder}/programs/kubectl`;
  return installed ?? (existsSync(unpacked) ? unpacked : undefined);
}

function configurationFile(): string | undefined {
  if (process.env.KUBECONFIG) return process.env.KUBECONFIG;
  return [join(homedir(), '.kube', 'config'), `${engineFolder}/kubeconfig`].find((file) => existsSync(file));
}
