// The app of the tutorials: express, express-session and connect-redis as their READMEs show them, in plain JavaScript.
// `--hardened` adds what careful people add by hand: security headers, a log line for each request, a cookie that is sent
// again with each answer. PORT, REDIS_URL, SESSION_SECRET and BCRYPT_ROUNDS come from the environment.

import bcrypt from 'bcryptjs';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import helmet from 'helmet';
import { pinoHttp } from 'pino-http';
import { createClient } from 'redis';

const isHardened = process.argv.includes('--hardened');
const rounds = Number(process.env.BCRYPT_ROUNDS ?? 10);
const users = new Map();

const redisClient = createClient({ url: process.env.REDIS_URL });
redisClient.on('error', (error) => console.error(error));
await redisClient.connect();

const app = express();
if (isHardened) {
  app.use(helmet());
  app.use(pinoHttp());
}
app.use(express.json());
app.use(
  session({
    store: new RedisStore({ client: redisClient }),
    secret: process.env.SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    rolling: isHardened,
    cookie: { maxAge: 30 * 60 * 1000 },
  }),
);

app.post('/signup', async (req, res) => {
  const { username, password } = req.body;
  users.set(username, await bcrypt.hash(password, rounds));
  res.status(201).json({ username });
});

app.post('/login', async (req, res, next) => {
  const { username, password } = req.body;
  if (!(await bcrypt.compare(password, users.get(username) ?? ''))) return res.sendStatus(401);
  const { cart } = req.session;
  // A new id, against session fixation, with the guest's cart.
  req.session.regenerate((error) => {
    if (error) return next(error);
    Object.assign(req.session, { user: { username }, cart });
    res.json({ username });
  });
});

app.post('/logout', (req, res, next) => {
  req.session.destroy((error) => {
    if (error) return next(error);
    res.clearCookie('connect.sid').json({});
  });
});

app.get('/me', (req, res) => {
  if (!req.session.user) return res.sendStatus(401);
  res.json({ user: req.session.user });
});

app.post('/cart/items', (req, res) => {
  const { sku, quantity } = req.body;
  req.session.cart ??= {};
  req.session.cart[sku] = (req.session.cart[sku] ?? 0) + quantity;
  res.json({ cart: req.session.cart });
});

app.listen(Number(process.env.PORT), '127.0.0.1');
