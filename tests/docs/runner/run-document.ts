// Follows a document of this repository from its first line to its last, in a fresh clone.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from '@jest/globals';
import { follow } from './follow.ts';
import { demandFreePorts } from './free-ports.ts';
import { cloneInto } from './fresh-clone.ts';
import { LoggedInUsers } from './logged-in-users.ts';
import { demandNewProjects, projectsIn } from './new-projects.ts';
import { Scene } from './scene.ts';
import { stepsOf } from './steps.ts';

const root = join(import.meta.dirname, '../../..');
/** For each command. The longest builds the app's image on two busy cores. */
const deadlineMs = 300_000;
/** More than a whole document takes. Commands have deadlines of their own, which say more. */
const documentMs = 1_800_000;
/** For what a command has stopped to be gone: the laboratory's watchdogs end a moment after it. */
const endMs = 20_000;

/** The test that a document's commands do what it says. @param document such as `docs/production.md` */
export function testDocument(document: string): void {
  test(`what ${document} prints runs as printed`, () => runDocument(document), documentMs);
}

async function runDocument(document: string): Promise<void> {
  const steps = stepsOf({ path: document, text: await readFile(join(root, document), 'utf8') });
  await demandFreePorts(document, steps);
  const projects = projectsIn(steps);
  await demandNewProjects(document, projects);
  await using scene = await Scene.open({ projects });
  await using users = new LoggedInUsers();
  await cloneInto(scene.clone, root);
  await follow(steps, {
    document,
    folder: scene.clone,
    openTerminal: () => scene.openTerminal(),
    ...{ users, deadlineMs, say: (line) => process.stderr.write(`${line}\n`) },
  });
  await scene.expectNothingRuns(endMs);
}
