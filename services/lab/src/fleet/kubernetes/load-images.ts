// How an image gets from this machine's Docker engine to the nodes of a cluster: each kind of cluster has its own command.

import type { Workspace } from '../../supervision/workspace.ts';
import { dockerEnvironment } from '../compose/docker.ts';
import { appImage, officialImage, provideImages, root } from '../compose/images.ts';
import { FleetError } from '../fleet.ts';

const deadlineMs = 300_000;

/** Builds the app's image, and brings it and the official ones to the nodes. @throws as provideImages and loadImages do */
export async function provideClusterImages(workspace: Workspace, context: string): Promise<void> {
  await provideImages(workspace);
  const official = await Promise.all(['NGINX', 'REDIS', 'POSTGRES'].map(officialImage));
  await loadImages(workspace, context, [appImage, ...official]);
}

/**
 * @param context as kubectl has it; the kind of cluster is in its name
 * @returns false where there is no such command: then the cluster pulls the images from a registry
 * @throws {FleetError} when the command fails
 */
async function loadImages(
  workspace: Workspace,
  context: string,
  images: readonly string[],
): Promise<boolean> {
  const command = commandFor(context, images);
  if (command === undefined) return false;
  const [program = '', ...args] = command;
  const child = await workspace.start({ name: program, command: program, args, env: dockerEnvironment() });
  const { code } = await child.end(deadlineMs);
  if (code === 0) return true;
  throw new FleetError(`${command.slice(0, 3).join(' ')} failed:\n${child.log.excerpt()}`);
}

/** @returns the command and its arguments */
export function commandFor(context: string, images: readonly string[]): readonly string[] | undefined {
  const [, kind, name] = /^(kind|k3d)-(.+)$/.exec(context) ?? [];
  if (name !== undefined) {
    return kind === 'kind'
      ? ['kind', 'load', 'docker-image', '--name', name, ...images]
      : ['k3d', 'image', 'import', '--cluster', name, ...images];
  }
  if (context === 'minikube') return ['minikube', 'image', 'load', ...images];
  if (context === 'kubernetes-engine') return [`${root}/infra/kubernetes-engine/load`, ...images];
  return undefined;
}
