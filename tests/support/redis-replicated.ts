import { startRedis } from './redis.ts';
import { until } from './wait.ts';

/** A primary with a replica that confirms its writes. */
export async function startReplicatedRedis() {
  await using opened = new AsyncDisposableStack();
  const primary = opened.use(await startRedis());
  const replica = opened.use(await startRedis(['--replicaof', `127.0.0.1 ${primary.port}`]));
  await until('the replica confirms writes', () =>
    primary.ask(async (client) => {
      await client.set('a write', 'to wait for');
      return (await client.wait(1, 1000)) === 1;
    }),
  );
  const owned = opened.move();
  const address = { kind: 'standalone', url: primary.url } as const;
  return { primary, replica, address, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
