// An app that knows nobody while its store is away.
import { MergingRedisStore } from 'merging-redis-store';

const get = MergingRedisStore.prototype.get;
MergingRedisStore.prototype.get = async function (this: MergingRedisStore, id, done) {
  const session = await get.call(this, id).catch(() => null);
  done?.(null, session);
  return session;
};
await import('../../../services/app/src/main.ts');
