// Sums a profile of V8 up by package.

import { z } from 'zod';

/** What is needed of a profile (Profiler.Profile of the inspector's protocol). */
export const cpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  /** The node in which each sample was taken, and the microseconds since the one before. */
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
export type CpuProfile = z.output<typeof cpuProfile>;

type ProfileNode = CpuProfile['nodes'][number];

/** The share, 0 to 1, of each package in the time in which the process was not idle; all together are 1. */
export function cpuShares({ nodes, samples, timeDeltas }: CpuProfile): Record<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node])));
  const times = new Map<string, number>();
  let busyUs = 0;
  for (const [index, id] of samples.entries()) {
    const node = byId.get(id);
    const us = timeDeltas[index] ?? 0;
    if (node === undefined || node.callFrame.functionName === '(idle)') continue;
    const name = packageOf(node, parents);
    times.set(name, (times.get(name) ?? 0) + us);
    busyUs += us;
  }
  return Object.fromEntries(Array.from(times, ([name, us]) => [name, us / busyUs]));
}

/** Native code has no address and counts for what called it. */
function packageOf(node: ProfileNode, parents: ReadonlyMap<number, ProfileNode>): string {
  for (let at: ProfileNode | undefined = node; at !== undefined; at = parents.get(at.id)) {
    const { functionName, url } = at.callFrame;
    if (functionName === '(garbage collector)') return 'garbage collection';
    if (url !== '') return packageAt(url);
  }
  return 'V8 and native code that nobody called';
}

/** By the address of a source file. */
export function packageAt(url: string): string {
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (installed !== undefined) return installed;
  if (url.startsWith('node:')) return nodePart(url);
  if (url.includes('/services/session-store/')) return 'merging-redis-store';
  return 'the app itself';
}

function nodePart(url: string): string {
  if (/http/.test(url)) return 'Node: HTTP';
  if (/crypto/.test(url)) return 'Node: hashes';
  if (/streams|stream_base|net$|net\./.test(url)) return 'Node: streams and sockets';
  return 'Node: other';
}
