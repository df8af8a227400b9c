// Makes a Redis Cluster of servers that are running already: which of the 16384 hash slots each primary holds, and which
// replica follows which. https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/

import { eventually } from '../eventually.ts';

/** A running redis-server with {@link clusterSettings}, on loopback. */
export interface ClusterNode {
  readonly port: number;
  /** For what the nodes tell each other. */
  readonly busPort: number;
  /** Sends one command, word by word. */
  command(...words: string[]): Promise<unknown>;
}

/** Configuration of a node, by name. */
export function clusterSettings(busPort: number): Readonly<Record<string, string>> {
  return {
    'cluster-enabled': 'yes',
    'cluster-port': String(busPort),
    // After so many milliseconds without an answer a node counts as failed.
    'cluster-node-timeout': '1000',
    // The keys of a node that has failed cannot be had; those of the others can.
    'cluster-require-full-coverage': 'no',
    // A primary would wait 5 s for further replicas before it sends its data to the first.
    'repl-diskless-sync-delay': '0',
  };
}

/** Waits until every node knows that the cluster is complete. @param replicas of the primaries, in the same order */
export async function formCluster(
  primaries: readonly ClusterNode[],
  replicas: readonly ClusterNode[] = [],
): Promise<void> {
  const [first] = primaries;
  if (first === undefined) throw new RangeError('A cluster has one primary or more');
  const nodes = [...primaries, ...replicas];
  for (const { port, busPort } of nodes)
    await first.command('CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPort));
  for (const [index, primary] of primaries.entries()) {
    const { begin, end } = slotsOf(index, primaries.length);
    await primary.command('CLUSTER', 'ADDSLOTSRANGE', String(begin), String(end));
    const replica = replicas[index];
    if (replica !== undefined) await replicate(primary, replica);
  }
  for (const node of nodes) await isComplete(node, nodes.length, replicas.length);
}

/** Which of the primaries holds a slot. */
export function primaryOfSlot(slot: number, primaries: number): number {
  const index = Array.from({ length: primaries }).findIndex((_, at) => slot <= slotsOf(at, primaries).end);
  if (slot < 0 || index === -1) throw new RangeError(`There is no slot ${slot}`);
  return index;
}

const slots = 16_384;

/** The first and the last. */
function slotsOf(index: number, primaries: number): { readonly begin: number; readonly end: number } {
  const boundary = (at: number) => Math.round((slots * at) / primaries);
  return { begin: boundary(index), end: boundary(index + 1) - 1 };
}

const deadlineMs = 20_000;

async function replicate(primary: ClusterNode, replica: ClusterNode): Promise<void> {
  const id = String(await primary.command('CLUSTER', 'MYID'));
  const knows = async () => String(await replica.command('CLUSTER', 'NODES')).includes(id);
  await eventually('the replica knows its primary', knows, { deadlineMs });
  await replica.command('CLUSTER', 'REPLICATE', id);
  const inStep = async () =>
    String(await replica.command('INFO', 'replication')).includes('master_link_status:up');
  await eventually('the replica is in step', inStep, { deadlineMs });
}

/** This node knows all of the others, and which of them are replicas. */
async function isComplete(node: ClusterNode, nodes: number, replicas: number): Promise<void> {
  const complete = async () => {
    const info = String(await node.command('CLUSTER', 'INFO'));
    const known = String(await node.command('CLUSTER', 'NODES'));
    const signs = ['cluster_state:ok', `cluster_slots_ok:${slots}`, `cluster_known_nodes:${nodes}`];
    return (
      signs.every((sign) => info.includes(sign)) && (known.match(/\bslave\b/g) ?? []).length === replicas
    );
  };
  await eventually('the cluster is complete', complete, { deadlineMs });
}
