// @fastify/session takes stores of express-session, but has sessions of its own: this store cannot know where they come
// from, and refuses to write them.

const fastify = require('fastify');
const { createSessionRedis, MergingRedisStore } = require('merging-redis-store');

async function main() {
  const redis = createSessionRedis(
    { kind: 'standalone', url: process.env.REDIS_URL },
    { onError: console.error },
  );
  await redis.connect();
  const app = fastify();
  await app.register(require('@fastify/cookie'));
  await app.register(require('@fastify/session'), {
    store: new MergingRedisStore(redis),
    secret: 'a secret of the tests that is long enough',
    cookie: { secure: false },
    saveUninitialized: false,
  });
  app.post('/login', async (request) => {
    request.session.set('user', 'ada');
    try {
      await request.session.save();
      return { stored: true };
    } catch (error) {
      return { code: error.code, message: error.message };
    }
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  console.log(`listening on ${app.server.address().port}`);
}

main();
