// The examples in the store's README compile: what they import exists, and takes what they hand in.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { root } from './documents.ts';
import { blocksIn } from './runner/blocks.ts';

const compiler = join(root, 'node_modules/typescript/bin/tsc');
const readme = await readFile(join(root, 'services/session-store/README.md'), 'utf8');
const examples = blocksIn(readme).filter(({ language }) => language === 'js');

/** What the reader's app has already, and what an earlier example has imported. */
const app = `
import type { Express, RequestHandler } from 'express';
import type { SessionOptions } from 'express-session';
import type * as store from 'merging-redis-store';
declare module 'express-session' {
  interface SessionData { user?: { id: string; browser: string }; epoch?: number }
}
declare module 'http' { interface IncomingMessage { loginOf: string } }
declare global {
  const app: Express;
  const session: (options: Partial<SessionOptions>) => RequestHandler;
  const secret: string, userId: string, name: string, exceptName: string, epoch: number;
  const redis: store.SessionRedisConnection;
  const { hashedName, MergingRedisStore, newSessionId }: typeof store;
}
`;
const compilerOptions = {
  ...{ module: 'nodenext', target: 'es2024', lib: ['es2024', 'esnext.disposable', 'esnext.collection'] },
  // They are JavaScript, where nothing forces an app to ask whether it has named its `owners`.
  ...{ strict: true, strictNullChecks: false, noImplicitAny: false },
  ...{ noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: ['node'] },
};

/** The compiler's messages. A file for each example. */
async function compile(texts: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'store-examples-'));
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    await writeFile(join(folder, 'app.d.ts'), app);
    for (const [n, text] of texts.entries())
      await writeFile(join(folder, `example-${n + 1}.ts`), `${text}\nexport {};\n`);
    const command = [compiler, '--project', folder, '--pretty', 'false'];
    return await promisify(execFile)(process.execPath, command, { timeout: 90_000 }).then(
      () => '',
      (error) => String(error.stdout),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('they compile as they are', async () => {
  expect(examples).toHaveLength(3);
  expect(await compile(examples.map(({ text }) => text))).toBe('');
}, 100_000);

test('an import or an option that does not exist would be found', async () => {
  const said = await compile([
    "import { createSessionRedi } from 'merging-redis-store';",
    'new MergingRedisStore({ ...redis, nameof: hashedName });',
  ]);
  expect(said).toMatch(/example-1.ts.*createSessionRedi/);
  expect(said).toMatch(/example-2.ts.*nameof/);
}, 100_000);
