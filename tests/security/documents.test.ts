// What the standards want documented, in docs/security.md, and that it is true of what is installed.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { settings } from '../../services/app/src/config.ts';
import { securityFile } from './document/document.ts';
import { requirement } from './requirement.ts';

const document = await readFile(securityFile, 'utf8');

/** The text below a heading. @throws when there is no such heading */
function part(heading: string): string {
  const [, text] = document.split(`\n## ${heading}\n`);
  if (text === undefined) throw new Error(`docs/security.md has no part "${heading}"`);
  return text.split('\n## ')[0] ?? '';
}

/** What an instance uses that is not told otherwise. */
function defaultOf(name: string): unknown {
  const schema = Object.entries(settings.shape).find(([key]) => key === name)?.[1];
  if (schema === undefined) throw new Error(`There is no setting ${name}`);
  return schema.parse(undefined);
}

/** The settings that the part names, each with its default beside it. */
function expectDefaults(text: string, names: readonly string[]): void {
  for (const name of names) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\``));
    expect([name, row]).toEqual([name, expect.stringContaining(`\`${defaultOf(name)}\``)]);
  }
}

requirement('V3.1.1', 'the document says what browsers need, and what happens without it', async () => {
  for (const feature of [
    'SameSite',
    '__Host-',
    'HTTPS',
    'HSTS',
    'Content-Security-Policy',
    'Without HTTPS',
  ]) {
    expect(part('Browsers')).toContain(feature);
  }
});

requirement(
  'V6.1.1',
  'the document has every throttle with its number, and how nobody is locked out',
  async () => {
    const throttles = Object.keys(settings.shape).filter((name) => name.startsWith('THROTTLE_'));
    expect(throttles.length).toBeGreaterThan(3);
    expectDefaults(part('Throttles'), throttles);
    expect(part('Throttles')).toContain('lock out the owner');
  },
);

requirement('V6.1.2', 'the document says which words are no passwords', async () => {
  expect(part('Passwords')).toMatch(/contain the username/);
});

requirement('V7.1.1', 'the document has both timeouts, and they are within those of NIST', async () => {
  const names = ['SESSION_IDLE_SECONDS', 'SESSION_ABSOLUTE_SECONDS'];
  expectDefaults(part('Sessions'), names);
  expect(part('Sessions')).toContain('NIST SP 800-63B-4');
  expect(names.map(defaultOf)).toEqual([expect.any(Number), expect.any(Number)]);
  // AAL2: an hour without use, and a day.
  expect(Number(defaultOf('SESSION_IDLE_SECONDS'))).toBeLessThanOrEqual(3600);
  expect(Number(defaultOf('SESSION_ABSOLUTE_SECONDS'))).toBeLessThanOrEqual(86_400);
});

requirement('V7.1.2', 'the document says how many sessions a user may have, and which goes', async () => {
  expectDefaults(part('Sessions'), ['SESSIONS_PER_USER']);
  expect(part('Sessions')).toMatch(/the one whose last use is longest ago ends/);
});

requirement('V13.1.1', 'the document names every service of the deployment', async () => {
  const path = fileURLToPath(new URL('../../docker-compose.yml', import.meta.url));
  const { services } = z
    .object({ services: z.record(z.string(), z.unknown()) })
    .parse(parse(await readFile(path, 'utf8'), { merge: true }));
  const missing = Object.keys(services).filter((name) => !part('Who talks to whom').includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

requirement('V16.1.1', 'the document has every event that instances log, and where logs go', async () => {
  const source = new URL('../../services/app/src/operations/security-events.ts', import.meta.url);
  const [, union = ''] = /type SecurityEvent =([^;]+);/.exec(await readFile(source, 'utf8')) ?? [];
  const events = Array.from(union.matchAll(/'(\w+)'/g), ([, name]) => name);
  expect(events).toContain('login_failed');
  expect(events.filter((name) => !part('Logs').includes(`\`${name}\``))).toEqual([]);
  expect(part('Logs')).toContain('stdout');
});
