// An app whose logout clears the cookie and leaves the session in the store.
import { MergingRedisStore } from 'merging-redis-store';

MergingRedisStore.prototype.destroy = async (_id, done) => void done?.();
await import('../../../services/app/src/main.ts');
