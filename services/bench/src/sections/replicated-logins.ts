// What a login and a logout cost that are answered only when a replica of Redis has confirmed them.

import { createClient } from 'redis';
import { eventually } from '../../../lab/src/fleet/eventually.ts';
import { type Answer, describeAnswer, HttpClient } from '../../../lab/src/users/http-client.ts';
import { User } from '../../../lab/src/users/user.ts';
import type { Plan } from '../plan.ts';
import { shuffled } from '../rounds.ts';
import { MeasurementError, type TestBed } from '../test-bed.ts';

/** Lists hold a value for each login, in milliseconds. */
export interface ReplicatedLoginFigures {
  /** How many replicas are waited for. */
  readonly replicas: number;
  readonly loginMs: readonly number[];
  readonly logoutMs: readonly number[];
}

/** A hash that takes no time worth speaking of, because the hash is not what is measured. */
const fastHash = { BCRYPT_ROUNDS: '4' };

export async function measureReplicatedLogins(
  testBed: TestBed,
  plan: Plan,
  say: (line: string) => void,
): Promise<ReplicatedLoginFigures[]> {
  await using _replica = await testBed.startReplica();
  await replicaConfirms(testBed.redis.url);
  await using opened = new AsyncDisposableStack();
  const candidates = [];
  for (const replicas of [0, 1]) {
    const settings = { ...fastHash, STORE_REPLICAS: String(replicas) };
    const name = `replicas-${replicas}`;
    const instance = opened.use(await testBed.startInstance({ name, strategy: 'redis', settings }));
    const user = new User(opened.use(new HttpClient(instance.origin)));
    await user.signUp();
    candidates.push({ replicas, user, loginMs: [] as number[], logoutMs: [] as number[] });
  }
  for (let login = -warmUpLogins; login < plan.replicatedLogins; login++) {
    for (const { user, loginMs, logoutMs } of shuffled(candidates)) {
      const times = [await timed(() => user.logIn()), await timed(() => user.logOut())] as const;
      if (login < 0) continue;
      loginMs.push(times[0]);
      logoutMs.push(times[1]);
    }
  }
  say(`replicas: ${plan.replicatedLogins} logins and logouts each`);
  return candidates.map(({ replicas, loginMs, logoutMs }) => ({ replicas, loginMs, logoutMs }));
}

const warmUpLogins = 100;

async function timed(request: () => Promise<Answer>): Promise<number> {
  const startedMs = performance.now();
  const answer = await request();
  const ms = performance.now() - startedMs;
  if (answer.status !== 200)
    throw new MeasurementError(`A login that is timed must answer 200: ${describeAnswer(answer)}`);
  return ms;
}

async function replicaConfirms(url: string): Promise<void> {
  const client = createClient({ url });
  // A lost connection also rejects the command that is waiting, and that is where it is handled.
  client.on('error', () => {});
  await client.connect();
  try {
    const confirms = async () => {
      await client.set('a write', 'to wait for');
      return (await client.wait(1, 500)) === 1;
    };
    await eventually('the replica confirms writes', confirms, { deadlineMs: 20_000 });
    await client.del('a write');
  } finally {
    client.destroy();
  }
}
