// Runs inside a container, in the network namespace of nginx: a name server whose answers change, instances at addresses of
// loopback, and a client. Prints what the client saw, as JSON. See nginx-upstream.test.ts.

import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveDns } from '/discovery/src/dns-server.ts';

let addresses = ['127.0.0.2', '127.0.0.3'];
let silent = false;
const asked = [];
await serveDns({
  ...{ port: 5300, name: 'app' },
  answer: () => {
    asked.push(performance.now());
    return silent ? undefined : addresses;
  },
});

/** How each instance behaves: answers with its address, or takes the request and says nothing. */
const behaviour = {};
/** Every request that reached an instance. */
const received = [];
for (const address of ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']) {
  behaviour[address] = 'answers';
  const server = createServer((req, res) => {
    req.resume();
    received.push({ method: req.method, address });
    if (behaviour[address] === 'answers') res.end(address);
  });
  server.listen(3000, address);
  await once(server, 'listening');
}

function ask(method = 'GET') {
  return new Promise((resolve) => {
    const start = performance.now();
    const sent = request({ host: '127.0.0.1', port: 8080, path: '/', method, agent: false }, (res) => {
      let text = '';
      res.on('data', (piece) => {
        text += piece;
      });
      res.on('end', () =>
        resolve({
          status: res.statusCode,
          text,
          retryAfter: res.headers['retry-after'],
          ms: Math.round(performance.now() - start),
        }),
      );
    });
    sent.on('error', (error) => resolve({ status: 0, text: String(error), ms: 0 }));
    sent.end(method === 'POST' ? 'body' : undefined);
  });
}

async function who(requests = 12) {
  const seen = new Set();
  for (let n = 0; n < requests; n++) {
    const { status, text } = await ask();
    seen.add(status === 200 ? text : status);
  }
  return [...seen].sort().join(' ');
}

async function until(wanted, deadlineMs = 15_000) {
  const end = performance.now() + deadlineMs;
  const start = performance.now();
  let last = '';
  while (performance.now() < end) {
    last = await who();
    if (last === wanted) return Math.round(performance.now() - start);
    await sleep(50);
  }
  throw new Error(`waited for ${wanted}, last ${last}`);
}

const steps = {
  async follows() {
    await until('127.0.0.2 127.0.0.3');
    addresses = ['127.0.0.3', '127.0.0.4'];
    const changedAfterMs = await until('127.0.0.3 127.0.0.4');
    const before = asked.length;
    await sleep(6_000);
    return { changedAfterMs, askedInSixSeconds: asked.length - before };
  },
  async silence() {
    await until('127.0.0.2 127.0.0.3');
    silent = true;
    await sleep(8_000);
    const meanwhile = await who(20);
    silent = false;
    addresses = ['127.0.0.5'];
    return { meanwhile, backAfterMs: await until('127.0.0.5') };
  },
  async nobody() {
    await until('127.0.0.2 127.0.0.3');
    addresses = ['0.0.0.0'];
    await until('503');
    const answer = await ask();

    addresses = ['127.0.0.2'];
    return { answer, backAfterMs: await until('127.0.0.2') };
  },
  async overload() {
    await until('127.0.0.2 127.0.0.3');
    for (const address of addresses) behaviour[address] = 'is silent';
    // Both have failed more than once.
    const waited = await Promise.all(Array.from({ length: 8 }, () => ask()));
    for (const address of addresses) behaviour[address] = 'answers';
    const afterwards = await Promise.all(Array.from({ length: 20 }, () => ask()));
    return { waited: waited.map(({ status }) => status), afterwards: afterwards.map(({ status }) => status) };
  },
  /** The list changes while requests wait at an instance that will not answer. */
  async changedMeanwhile() {
    await until('127.0.0.2 127.0.0.3');
    behaviour['127.0.0.2'] = 'is silent';
    received.length = 0;
    const gets = Promise.all(Array.from({ length: 6 }, () => ask()));
    const posts = Promise.all(Array.from({ length: 6 }, () => ask('POST')));
    for (const end = performance.now() + 4_000; received.length < 12; await sleep(10)) {
      if (performance.now() > end)
        throw new Error(`only ${received.length} of 12 requests reached an instance`);
    }
    addresses = ['127.0.0.3', '127.0.0.4'];
    const answers = { gets: await gets, posts: await posts };
    const reached = (wanted) =>
      received.filter(({ method }) => method === wanted).map(({ address }) => address);
    return {
      gets: answers.gets.map(({ status }) => status),
      posts: answers.posts.map(({ status }) => status),
      getsReached: reached('GET'),
      postsReached: reached('POST'),
    };
  },
};

const end = setTimeout(() => process.exit(3), 60_000);
console.log(JSON.stringify(await steps[process.argv[2]]()));
clearTimeout(end);
process.exit(0);
