// The tutorials' app: login, a route for logged-in users, logout. Only its store is not connect-redis'. It is copied into
// an empty project and run there.

/** What an app imports is handed in, because one is an ES module and one is CommonJS. */
module.exports = async function start({ express, session, createClient, MergingRedisStore }) {
  // Without a connection a command fails at once, and is not kept until there is one again.
  const client = createClient({ url: process.env.REDIS_URL, disableOfflineQueue: true });
  client.on('error', (error) => console.error(error.message));
  await client.connect();

  const app = express();
  app.use(
    session({
      store: new MergingRedisStore({ client }),
      secret: 'a secret of the tests',
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, maxAge: 1_800_000 },
    }),
  );
  app.post('/login', (req, res, next) => {
    req.session.regenerate((regenerateError) => {
      if (regenerateError) return next(regenerateError);
      req.session.user = 'ada';
      req.session.save((saveError) => (saveError ? next(saveError) : res.json({ user: 'ada' })));
    });
  });
  app.get('/me', (req, res) => {
    if (!req.session.user) return res.status(401).json({});
    const { cookie: _, ...content } = req.session;
    res.json(content);
  });
  app.post('/put/:key', (req, res) => {
    setTimeout(
      () => {
        req.session[req.params.key] = true;
        res.json({});
      },
      Number(req.query.afterMs ?? 0),
    );
  });
  app.post('/logout', (req, res, next) => {
    req.session.destroy((error) => {
      if (error) return next(error);
      res.clearCookie('connect.sid').json({});
    });
  });
  // Express takes a function with four parameters for an error handler.
  app.use((error, _req, res, _next) => res.status(error.status ?? 500).json({ error: error.message }));
  const server = app.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
};
