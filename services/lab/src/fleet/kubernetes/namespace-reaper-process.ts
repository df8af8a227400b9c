// Removes a namespace if the laboratory dies: namespace-reaper-process.ts NAMESPACE KUBECTL ARGUMENT...
// namespace.ts starts it as a watchdog (../../supervision/watchdog.ts): its standard input closes when the laboratory ends,
// and without a line `disarm` the laboratory has died.

import { text } from 'node:stream/consumers';
import { Kubectl } from './cluster.ts';
import { removeNamespace } from './remove-namespace.ts';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const [name, program, ...common] = process.argv.slice(2);
const input = await text(process.stdin);
if (name !== undefined && program !== undefined && !input.includes('disarm')) {
  await removeNamespace(new Kubectl(program, common), name);
}
