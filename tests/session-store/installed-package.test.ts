// The packed tarballs as a user has them: installed by npm into an empty project, on the oldest and the newest supported Node
// and peers, in ES modules, CommonJS and TypeScript.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeOfMajor } from '../support/node-versions.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { UserProject } from './user-project.ts';

const full = process.env.FULL === 'true';
if (!full) {
  console.log(
    'Left to FULL=true: the installed package. It gets packages, and Node 20 and 26, from the npm registry.',
  );
}

// `other-redis` is for the test with two copies of node-redis.
const packages = {
  'the oldest peers': [
    'redis@5.0.0',
    'express-session@1.17.0',
    'express@4',
    '@types/express@4',
    'other-redis@npm:redis@6',
  ],
  'the newest peers': [
    'redis',
    'express-session',
    'express',
    '@types/express',
    'other-redis@npm:redis@5.0.0',
    'fastify',
    '@fastify/cookie',
    '@fastify/session',
  ],
};
const types = ['@types/express-session', '@types/node@20'];
const projectNames = Object.keys(packages);
const nodes = [20, 26];
const formats = ['module.mjs', 'commonjs.cjs'];

const cases = projectNames.flatMap((project) =>
  nodes.flatMap((node) => formats.map((file) => ({ project, node, file }))),
);

(full ? describe : describe.skip)('The installed package', () => {
  const opened = new AsyncDisposableStack();
  const projects = new Map<string, UserProject>();
  let redis: RedisServer;

  beforeAll(async () => {
    redis = opened.use(await startRedis());
    for (const node of nodes) await nodeOfMajor(node);
    for (const [name, list] of Object.entries(packages))
      projects.set(name, opened.use(await UserProject.install([...list, ...types])));
  }, 300_000);
  afterAll(() => opened.disposeAsync());

  function projectWith(name: string): UserProject {
    const project = projects.get(name);
    if (project === undefined) throw new Error(`there is no project with ${name}`);
    return project;
  }

  const start = (project: string, node: number, file: string) =>
    projectWith(project).start(node, file, redis.url);

  test('is installed with the oldest versions of its peers that it allows', async () => {
    const installed = projectWith('the oldest peers');
    const { peerDependencies } = await installed.json('node_modules/merging-redis-store/package.json');
    expect(peerDependencies).toEqual({ 'express-session': '^1.17.0', redis: '^5.0.0 || ^6.0.0' });
    for (const [name, version] of Object.entries({ redis: '5.0.0', 'express-session': '1.17.0' }))
      expect(await installed.json(`node_modules/${name}/package.json`)).toMatchObject({ version });
  });

  test.each(projectNames)('brings nothing else, and fits %s', async (project) => {
    const { packages } = await projectWith(project).json('package-lock.json');
    for (const name of ['merging-redis-store', 'session-store-conformance']) {
      expect(packages).toHaveProperty([`node_modules/${name}`]);
      expect(packages).not.toHaveProperty([`node_modules/${name}`, 'dependencies']);
    }
    await projectWith(project).expectValidTree();
  });

  test.each(cases)(
    'keeps a login over a restart, with $project, Node $node, $file',
    async ({ project, node, file }) => {
      let cookie: string;
      {
        await using app = await start(project, node, file);
        const login = await app.ask('POST', '/login');
        expect(login.status).toBe(200);
        cookie = login.cookie;
        expect((await app.ask('GET', '/me')).status).toBe(401);
      }
      await using app = await start(project, node, file);
      expect(await app.ask('GET', '/me', cookie)).toMatchObject({ status: 200, body: { user: 'ada' } });
      // Overlapping: each loads the session before the other has stored its change.
      const put = (key: string) => app.ask('POST', `/put/${key}?afterMs=200`, cookie);
      for (const answer of await Promise.all([put('a'), put('b')]))
        expect(answer).toMatchObject({ status: 200 });
      expect((await app.ask('GET', '/me', cookie)).body).toEqual({ user: 'ada', a: true, b: true });
      expect((await app.ask('POST', '/logout', cookie)).status).toBe(200);
      expect((await app.ask('GET', '/me', cookie)).status).toBe(401);
    },
  );

  test.each(projectNames)('works with a client of another copy of node-redis, beside %s', async (project) => {
    await using app = await start(project, 20, 'two-redis-packages.cjs');
    const { cookie } = await app.ask('POST', '/login');
    // Redis forgets the store's script, which is sent anew with the next write.
    for (const key of ['a', 'b']) {
      await redis.command('SCRIPT', 'FLUSH');
      expect(await app.ask('POST', `/put/${key}`, cookie)).toMatchObject({ status: 200 });
    }
    expect((await app.ask('GET', '/me', cookie)).body).toEqual({ user: 'ada', a: true, b: true });
    expect((await app.ask('POST', '/logout', cookie)).status).toBe(200);
    expect((await app.ask('GET', '/me', cookie)).status).toBe(401);
  });

  test('refuses the sessions of another framework, and writes nothing', async () => {
    await using app = await start('the newest peers', 26, 'fastify.cjs');
    const before = await redis.command('DBSIZE');
    const { body } = await app.ask('POST', '/login');
    expect(body).toMatchObject({
      code: 'SESSION_INVALID',
      message: expect.stringContaining('express-session'),
    });
    expect(await redis.command('DBSIZE')).toBe(before);
  });

  test.each(projectNames.flatMap((project) => nodes.map((node) => ({ project, node }))))(
    'has a conformance suite that runs on Node $node, with $project',
    async ({ project, node }) => {
      const table = await projectWith(project).output(node, 'conformance.mjs');
      expect(table).toContain('| contract: nested data comes back as it was | yes |');
      expect(table).not.toContain('| no |');
    },
  );

  const resolutions = [
    { module: 'node16', type: 'module' },
    { module: 'node16', type: 'commonjs' },
    { module: 'nodenext', type: 'module' },
    { module: 'nodenext', type: 'commonjs' },
    { module: 'esnext', moduleResolution: 'bundler', type: 'module' },
  ];
  const typeCases = projectNames.flatMap((project) =>
    resolutions.map((resolution) => ({ project, ...resolution })),
  );
  test.each(typeCases)(
    'has types for $module in a $type, with $project',
    async ({ project, type, ...options }) => {
      const strict = { strict: true, noEmit: true, esModuleInterop: true, target: 'es2022', lib: ['es2022'] };
      const check = (skipLibCheck: boolean) =>
        projectWith(project).typeCheck(type, { ...strict, ...options, skipLibCheck, types: ['node'] });
      expect(await check(true)).toEqual([]);
      // With the declarations of all packages. Those of others are their authors' business.
      const messages = await check(false);
      expect(messages.filter((line) => /^typed\.ts|merging-redis-store/.test(line))).toEqual([]);
    },
    120_000,
  );
});
