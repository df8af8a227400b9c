import { randomBytes } from 'node:crypto';
import { realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Watchdog } from '../../supervision/watchdog.ts';
import { Workspace } from '../../supervision/workspace.ts';
import type { Cluster, Kubectl } from './cluster.ts';
import { removeNamespace } from './remove-namespace.ts';

/**
 * A namespace of the laboratory's own, so that several fleets can run beside each other. Disposing it removes it with all that
 * is in it. If the laboratory dies, a watchdog process does so: namespace-reaper-process.ts.
 */
export class Namespace implements AsyncDisposable {
  readonly name: string;
  readonly kubectl: Kubectl;
  readonly workspace: Workspace;
  /** What else belongs to it, and is disposed with it. */
  readonly owned = new AsyncDisposableStack();
  readonly #cluster: Kubectl;
  readonly #reaper: Watchdog;
  #removing: Promise<void> | undefined;

  private constructor(name: string, kubectl: Kubectl, workspace: Workspace, reaper: Watchdog) {
    this.name = name;
    this.#cluster = kubectl;
    this.kubectl = kubectl.in(name);
    this.workspace = workspace;
    this.#reaper = reaper;
  }

  static async open({ kubectl }: Cluster): Promise<Namespace> {
    const name = `sessions-lab-${randomBytes(4).toString('hex')}`;
    const workspace = await Workspace.open();
    try {
      const program = new URL('./namespace-reaper-process.ts', import.meta.url);
      const reaper = await Watchdog.start(program, [name, kubectl.program, ...kubectl.args()], process.env);
      const namespace = new Namespace(name, kubectl, workspace, reaper);
      await kubectl.run(['create', '--filename', '-'], JSON.stringify(definition(name)));
      return namespace;
    } catch (error) {
      await workspace[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Applies what `overlay` makes of the folder that its paths are to be relative to. @throws {FleetError} */
  async apply(overlay: (folder: string) => object): Promise<void> {
    // kustomize resolves links before it compares paths.
    const folder = await realpath(this.workspace.folder);
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(overlay(folder)));
    await this.kubectl.run(['apply', '--kustomize', folder]);
  }

  /** Whether disposal has begun, so that the end of a pod is expected. */
  get closing(): boolean {
    return this.#removing !== undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#removing ??= this.#remove();
    return this.#removing;
  }

  async #remove(): Promise<void> {
    // First what uses it.
    await this.owned.disposeAsync();
    await this.workspace[Symbol.asyncDispose]();
    await removeNamespace(this.#cluster, this.name);
    await this.#reaper.disarm();
  }
}

/** As infra/kubernetes/overlays/demo/namespace.yaml. */
const definition = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
});
