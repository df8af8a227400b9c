// The lines that `npm start` prints for the reader to type, typed.

import { mkdir } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { Command } from '../../support/command.ts';
import { freePort } from '../../support/free-port.ts';
import { commandsIn } from '../runner/commands.ts';
import { Scene } from '../runner/scene.ts';

test('what npm start prints to be typed runs, and shows what is said beside it', async () => {
  const arguments_ = ['--instances', '3', '--port', String(await freePort())];
  await using start = new Command('services/lab/src/commands/start.ts', arguments_);
  await start.waitForOutput(/Ctrl-C stops everything/);
  const indented = start.output.split('\n').filter((line) => line.startsWith('  '));
  const [signUp, whoAmI, logOut, ...more] = commandsIn(indented.join('\n'), 1);
  if (signUp === undefined || whoAmI === undefined || logOut === undefined || more.length > 0)
    throw new Error(`Three commands are expected in:\n${start.output}`);

  await using scene = await Scene.open({ containers: false });
  await mkdir(scene.clone);
  const terminal = await scene.openTerminal();
  const type = async ({ text }: { readonly text: string }) => {
    const before = terminal.output.length;
    expect([text, await terminal.run(text)]).toEqual([text, 0]);
    return terminal.output.slice(before);
  };
  const statuses = (output: string) =>
    Array.from(output.matchAll(/^HTTP\/1\.1 (\d+)/gm), ([, status]) => status);

  expect(statuses(await type(signUp))).toEqual(['201']);
  expect(whoAmI.comment).toContain('whichever it is, it knows you');
  const known = await type(whoAmI);
  expect(statuses(known)).toEqual(['200', '200', '200', '200']);
  expect(new Set(known.match(/^X-Served-By: .*$/gim))).toHaveProperty('size', 3);
  expect(logOut.comment).toContain('the session ends for all instances');
  expect(statuses(await type(logOut))).toEqual(['200']);
  expect(statuses(await type(whoAmI))).toEqual(['401', '401', '401', '401']);
}, 120_000);
