// What the tests on containers need beside the images that a fleet needs, which `npm test` asks for before it starts them.

import { docker } from '../../services/lab/src/fleet/compose/docker.ts';
import { demandImages, officialImage } from '../../services/lab/src/fleet/compose/images.ts';
import { NotPossibleHere } from '../../services/lab/src/supervision/errors.ts';

/**
 * testcontainers starts a container of its own (Ryuk) that removes the others when the tests die. Its image comes from a
 * registry. Where the deployment's images had to be built as stand-ins, there is none to pull it from.
 */
export async function leaveOutReaperWhereItCannotBe(): Promise<void> {
  const format = '{{index .Config.Labels "stand-in"}}';
  const label = await docker(['image', 'inspect', '--format', format, await officialImage('NODE')]);
  if (label.trim() === 'true') process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
}

/** Whether tests can have an image. With REQUIRE_CONTAINERS=true they must; else the reason is printed. */
export async function imageIsHere(name: string, whatNeedsIt: string): Promise<boolean> {
  try {
    await demandImages([name]);
    return true;
  } catch (error) {
    if (!(error instanceof NotPossibleHere) || process.env.REQUIRE_CONTAINERS === 'true') throw error;
    console.log(`SKIPPED: ${whatNeedsIt}. ${error.message}`);
    return false;
  }
}
