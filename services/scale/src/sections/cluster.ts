// A Redis Cluster of three primaries: how sessions and commands spread, and what the failure of one node costs.

import { setTimeout as sleep } from 'node:timers/promises';
import { hashedName } from 'merging-redis-store';
import { Pool } from 'undici';
import type { Bed } from '../bed.ts';
import { MeasurementError } from '../errors.ts';
import { type Plan, usualCartLines } from '../plan.ts';
import { type MeasuredCluster, startMeasuredCluster } from '../redis/measured-cluster.ts';
import { commandsBetween, type RedisReading } from '../redis/redis-meter.ts';
import { cookieOf, madeSession } from '../sessions/made-session.ts';
import { fillSessions, loadStore } from '../workers/run-store-workers.ts';
import { type Answer, askWhoAmI } from './ask-who-am-i.ts';
import { originOf } from './cores-used.ts';

export interface NodeShare {
  readonly keys: number;
  readonly usedBytes: number;
  /** Commands of clients while reads and renewals ran. */
  readonly commands: number;
}

/** What a group of people got while a node was down: how many requests, by answer. */
export type AnswerCounts = Readonly<Record<string, number>>;

export interface NodeFailure {
  /** People whose session is on the node that failed, and the others. Each is asked again and again. */
  readonly peopleThere: number;
  readonly peopleElsewhere: number;
  readonly downSeconds: number;
  readonly answersThere: AnswerCounts;
  readonly answersElsewhere: AnswerCounts;
  /** The longest wait for any answer, in milliseconds. */
  readonly slowestThereMs: number;
  readonly slowestElsewhereMs: number;
  /** From the kill to the first 503. */
  readonly first503Ms: number | null;
  /** From the moment at which the node serves again until each of its people has been answered with 200. */
  readonly wellAfterMs: number;
  /** Of all people, those who are still logged in afterwards. */
  readonly stillLoggedIn: number;
}

export interface ClusterFigures {
  readonly sessions: number;
  readonly nodes: readonly NodeShare[];
  readonly failure: NodeFailure;
}

export async function measureCluster(
  bed: Bed,
  plan: Plan,
  workers: number,
  say: (line: string) => void,
): Promise<ClusterFigures> {
  await using cluster = await startMeasuredCluster(bed);
  const sessions = plan.clusterSessions;
  const redis = cluster.address;
  await fillSessions(bed, { redis, sessions, cartLines: usualCartLines, workers });
  const nodes = await measureShares(bed, cluster, plan, workers);
  say(`cluster: ${nodes.map(({ keys }) => keys).join(' + ')} keys`);

  const failure = await measureFailure(bed, cluster, plan);
  const { peopleThere, stillLoggedIn, wellAfterMs } = failure;
  say(
    `cluster: one node killed: ${peopleThere} of ${plan.clusterPeople} people had to wait; ${stillLoggedIn} are still ` +
      `logged in; well ${wellAfterMs.toFixed(0)} ms after its return`,
  );
  for (const { server } of cluster.nodes) await server.stop();
  return { sessions, nodes, failure };
}

async function measureShares(bed: Bed, cluster: MeasuredCluster, plan: Plan, workers: number) {
  const read = () => Promise.all(cluster.nodes.map(({ meter }) => meter.read()));
  const before = await read();
  const { clusterSessions: sessions, warmUpMs, operationMs: measureMs } = plan;
  const load = { redis: cluster.address, sessions, workers, warmUpMs, measureMs, cartLines: usualCartLines };
  const pace = { kind: 'closed', underWay: 64 } as const;
  await loadStore(bed, { ...load, pace, operation: 'read' }, async () => {});
  const after = await read();
  return after.map((now, index): NodeShare => {
    const then = before[index];
    if (then === undefined) throw new RangeError('a node was read once only');
    return { keys: now.keys, usedBytes: now.usedBytes, commands: clientCommands(then, now) };
  });
}

/** Those of the store; not what connections send to find out whether they still work. */
function clientCommands(before: RedisReading, after: RedisReading): number {
  const { get, pttl } = commandsBetween(before, after);
  return (get?.calls ?? 0) + (pttl?.calls ?? 0);
}

interface Person {
  readonly cookie: string;
  readonly node: number;
}

/** Between two requests of one person. */
const everyMs = 500;
const failedNode = 1;

async function measureFailure(bed: Bed, cluster: MeasuredCluster, plan: Plan): Promise<NodeFailure> {
  const people = await somePeople(bed, cluster, plan.clusterPeople);
  const there = people.filter(({ node }) => node === failedNode);
  const elsewhere = people.filter(({ node }) => node !== failedNode);
  const instance = await bed.startInstance({ name: 'on-cluster', redisUrl: cluster.url });
  const target = new Pool(originOf(instance), { connections: null, headersTimeout: 10_000 });
  await using _closed = { [Symbol.asyncDispose]: () => target.destroy() };
  const ask = ({ cookie }: Person) => askWhoAmI(target, cookie);
  await demandAll200(people, ask);

  const node = cluster.nodes[failedNode];
  if (node === undefined) throw new RangeError(`there is no node ${failedNode}`);
  const over = new AbortController();
  const downMs = performance.now();
  await node.server.kill();
  const [fromThere, fromElsewhere] = [there, elsewhere].map((group) => keepAsking(group, ask, over.signal));
  await sleep(plan.nodeDownMs);
  over.abort();
  const [answersThere = [], answersElsewhere = []] = await Promise.all([
    fromThere ?? [],
    fromElsewhere ?? [],
  ]);
  const downSeconds = (performance.now() - downMs) / 1000;

  await node.server.start();
  const wellAfterMs = await untilAll200(there, ask);
  const afterwards = await Promise.all(people.map(ask));
  await instance.kill();
  return {
    ...{ peopleThere: there.length, peopleElsewhere: elsewhere.length, downSeconds, wellAfterMs },
    answersThere: counted(answersThere),
    answersElsewhere: counted(answersElsewhere),
    slowestThereMs: slowest(answersThere),
    slowestElsewhereMs: slowest(answersElsewhere),
    first503Ms: first503(answersThere, downMs),
    stillLoggedIn: afterwards.filter(({ status }) => status === 200).length,
  };
}

async function somePeople(bed: Bed, cluster: MeasuredCluster, count: number): Promise<Person[]> {
  const sessions = Array.from({ length: count }, (_, number) => madeSession(bed.seed, number));
  return await Promise.all(
    sessions.map(async ({ id }) => ({
      cookie: cookieOf(id, bed.sessionSecret),
      node: await cluster.nodeOf(`sess:${hashedName(id)}`),
    })),
  );
}

interface TimedAnswer {
  readonly answer: Answer;
  readonly atMs: number;
}

/** Each person asks twice a second, spread evenly over that time. */
async function keepAsking(
  people: readonly Person[],
  ask: (person: Person) => Promise<Answer>,
  over: AbortSignal,
): Promise<TimedAnswer[]> {
  const answers: TimedAnswer[] = [];
  const one = async (person: Person, index: number) => {
    await sleep((everyMs * index) / people.length);
    while (!over.aborted) {
      const answer = await ask(person);
      answers.push({ answer, atMs: performance.now() });
      await sleep(Math.max(0, everyMs - answer.ms));
    }
  };
  await Promise.all(people.map(one));
  return answers;
}

function counted(answers: readonly TimedAnswer[]): AnswerCounts {
  const counts: Record<string, number> = {};
  for (const { answer } of answers) {
    const words =
      answer.status === 503 && !answer.saysWhen ? '503 without Retry-After' : String(answer.status);
    counts[words] = (counts[words] ?? 0) + 1;
  }
  return counts;
}

const slowest = (answers: readonly TimedAnswer[]) => Math.max(0, ...answers.map(({ answer }) => answer.ms));

function first503(answers: readonly TimedAnswer[], sinceMs: number): number | null {
  const times = answers.filter(({ answer }) => answer.status === 503).map(({ atMs }) => atMs - sinceMs);
  return times.length === 0 ? null : Math.min(...times);
}

async function demandAll200(
  people: readonly Person[],
  ask: (person: Person) => Promise<Answer>,
): Promise<void> {
  for (const person of people) {
    const { status } = await ask(person);
    if (status !== 200) throw new MeasurementError(`a session of the cluster was answered with ${status}`);
  }
}

/** @returns milliseconds until each of them has been answered with 200 */
async function untilAll200(
  people: readonly Person[],
  ask: (person: Person) => Promise<Answer>,
): Promise<number> {
  const beganMs = performance.now();
  let waiting = [...people];
  while (waiting.length > 0) {
    if (performance.now() - beganMs > 30_000)
      throw new MeasurementError(`${waiting.length} people were not served 30 s after the node's return`);
    const answers = await Promise.all(waiting.map(async (person) => ({ person, answer: await ask(person) })));
    waiting = answers.filter(({ answer }) => answer.status !== 200).map(({ person }) => person);
    if (waiting.length > 0) await sleep(50);
  }
  return performance.now() - beganMs;
}
