// An app whose instances share their sessions, and each count what they refuse by themselves.
import { createHash } from 'node:crypto';
import RateLimiter from 'rate-limiter-flexible';

const { consume } = RateLimiter.RateLimiterRedis.prototype;
const own = createHash('sha256').update(String(process.pid)).digest('hex').slice(0, 8);
RateLimiter.RateLimiterRedis.prototype.consume = function (key, ...more) {
  return Reflect.apply(consume, this, [`${key}-${own}`, ...more]);
};
await import('../../../services/app/src/main.ts');
