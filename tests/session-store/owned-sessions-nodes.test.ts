// The lists of users where Redis has several servers: a Cluster, whose nodes each have some of the users, and Sentinel,
// where a replica takes over.

import { expect, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import { newSessionId, type OwnersOption, SessionRevoked } from 'merging-redis-store';
import { startCluster } from '../support/redis-cluster.ts';
import { startSentinels } from '../support/redis-sentinels.ts';
import { Instance } from '../support/session-requests.ts';
import { openMergingStore } from '../support/session-stores.ts';
import { until } from '../support/wait.ts';

const owners: OwnersOption = {
  ownerOf: (session: SessionData) => {
    const { user, epoch } = session as SessionData & { user?: string; epoch?: number };
    return user === undefined ? undefined : { id: user, epoch };
  },
  longestMs: 3_600_000,
  maxSessions: 3,
};

async function logIn(instance: Instance, user: string, epoch = 0): Promise<string> {
  const request = instance.newRequest(newSessionId(user));
  Object.assign(request.session, { user, epoch });
  await request.save();
  return request.id;
}

test('On a Cluster, each user’s sessions are listed, limited, ended alone and all at once', async () => {
  await using cluster = await startCluster();
  await using openedA = await openMergingStore(cluster.address, { owners });
  await using openedB = await openMergingStore(cluster.address, { owners });
  const [a, b] = [new Instance(openedA.store), new Instance(openedB.store)];
  const owned = openedB.store.ownedSessions;
  if (owned === undefined) throw new Error('the store keeps lists');
  // Enough of them that each node has some.
  for (let n = 0; n < 12; n++) {
    const user = `user ${n}`;
    const ids = [await logIn(a, user), await logIn(b, user), await logIn(a, user), await logIn(b, user)];
    const list = await owned.list(user);
    expect(list).toHaveLength(3);
    const [first] = list;
    expect(await owned.end(user, String(first?.name))).toBe(true);
    expect(await owned.endAll(user, 1)).toBe(2);
    for (const id of ids) expect(await a.load(id)).toBeUndefined();
    await expect(logIn(a, user)).rejects.toThrow(SessionRevoked);
    const next = await logIn(a, user, 1);
    expect((await b.load(next))?.content).toEqual({ user, epoch: 1 });
    await (await b.load(next))?.destroy();
    expect(await owned.list(user)).toEqual([]);
  }
  const holding = await Promise.all(cluster.nodes.map((node) => node.command('DBSIZE')));
  expect(holding.every((keys) => Number(keys) > 0)).toBe(true);
}, 60_000);

test('On a Cluster, a session of the old form is ended by the list of its user, on another node', async () => {
  await using cluster = await startCluster();
  await using opened = await openMergingStore(cluster.address, { owners });
  const instance = new Instance(opened.store);
  for (let n = 0; n < 6; n++) {
    const request = instance.newRequest();
    Object.assign(request.session, { user: `user ${n}`, epoch: 0 });
    await request.save();
    expect((await instance.load(request.id))?.content).toEqual({ user: `user ${n}`, epoch: 0 });
    await opened.store.ownedSessions?.endAll(`user ${n}`, 1);
    expect(await instance.load(request.id)).toBeUndefined();
  }
}, 60_000);

test('With Sentinel, a list and what was ended outlive the primary', async () => {
  await using sentinels = await startSentinels();
  await using opened = await openMergingStore(sentinels.address, { owners });
  const instance = new Instance(opened.store);
  const owned = opened.store.ownedSessions;
  const kept = await logIn(instance, 'ada');
  const ended = await logIn(instance, 'bob');
  await owned?.endAll('bob', 1);
  await until('the replica has it all', async () => {
    const [one, other] = await Promise.all(
      [sentinels.primary, sentinels.replica].map(async (server) => {
        const keys = (await server.command('KEYS', '*')) as string[];
        return JSON.stringify(keys.sort());
      }),
    );
    return one === other;
  });
  await sentinels.primary.kill();
  await until('the new primary serves', () => instance.load(kept), 25_000);
  expect(await owned?.list('ada')).toHaveLength(1);
  expect(await instance.load(ended)).toBeUndefined();
  await expect(logIn(instance, 'bob')).rejects.toThrow(SessionRevoked);
}, 60_000);
