import type { Kubectl } from './cluster.ts';

const deadlineMs = 120_000;

/**
 * Removes a namespace and all that is in it. Its pods at once, without their grace: nobody is served any more, and one that is
 * paused would not end before it is over. @throws {FleetError} when something is left after two minutes
 */
export async function removeNamespace(kubectl: Kubectl, name: string): Promise<void> {
  await kubectl.run(['delete', 'namespace', name, '--ignore-not-found', '--wait=false']);
  await kubectl
    .run(['delete', 'pods', '--all', '--namespace', name, '--force', '--grace-period=0', '--wait=false'])
    .catch(() => {
      // The namespace may be gone by now. What is left of it is waited for below.
    });
  const args = ['wait', '--for=delete', `namespace/${name}`, `--timeout=${deadlineMs / 1000}s`];
  await kubectl.run(args, '', deadlineMs + 10_000);
}
