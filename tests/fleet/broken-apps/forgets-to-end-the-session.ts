// An app whose logout clears the cookie and leaves the session in the store.
import { RedisStore } from 'connect-redis';

RedisStore.prototype.destroy = async (_id, done) => done?.();
await import('../../../services/app/src/main.ts');
