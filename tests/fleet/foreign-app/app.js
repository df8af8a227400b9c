// A shop that is not this project's, as tutorials on sessions build one: its own routes, a login form that answers with
// redirects, pages of HTML, users from a file, its own name for the cookie and for the header. docs/load-testing.md runs the
// k6 scripts against two of these behind nginx.
//
//   PORT, POD_NAME, USERS=users.csv, and REDIS_URL for the shared store; without it sessions are in memory

import { readFileSync } from 'node:fs';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';

const { PORT, POD_NAME, USERS, REDIS_URL } = process.env;
const passwords = new Map(
  readFileSync(USERS, 'utf8')
    .trim()
    .split('\n')
    .map((line) => /^(.*?),(.*)$/.exec(line).slice(1)),
);

const app = express();
app.set('trust proxy', 'loopback');
app.use((_req, res, next) => {
  res.set('X-Pod', POD_NAME);
  next();
});
app.use(
  session({
    name: 'shop.sid',
    secret: 'the same in each process, and only for a test',
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, secure: true, maxAge: 30 * 60_000 },
    store: await store(),
  }),
);
app.post('/auth/login', express.urlencoded({ extended: false }), (req, res, next) => {
  const { email = '', pass = '' } = req.body ?? {};
  if (!passwords.has(email) || passwords.get(email) !== pass) return res.redirect('/auth/login?wrong');
  req.session.regenerate((error) => {
    if (error) return next(error);
    req.session.email = email;
    res.redirect('/account');
  });
});
app.get('/auth/login', (_req, res) => res.send('<form method="post">…</form>'));
app.get('/account', (req, res) => {
  if (!req.session.email) return res.redirect('/auth/login');
  res.send(`<h1>Orders of ${req.session.email}</h1>`);
});
app.listen(Number(PORT), '127.0.0.1');

/** Undefined is express-session's own MemoryStore. */
async function store() {
  if (!REDIS_URL) return undefined;
  const client = createClient({ url: REDIS_URL });
  client.on('error', (error) => console.error(error.message));
  return new RedisStore({ client: await client.connect() });
}
