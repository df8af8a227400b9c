// Where the processor time of an authenticated read goes, for this project's app and for the tutorials' hardened one.

import { openInspector } from '../../../lab/src/fleet/processes/inspector.ts';
import { measureLoad } from '../load/measure-load.ts';
import type { Plan } from '../plan.ts';
import { connections } from '../sections/authenticated-read.ts';
import { loggedInUsers } from '../sections/site-user.ts';
import { type Candidate, MeasurementError, type TestBed } from '../test-bed.ts';
import { cpuShares } from './cpu-shares.ts';
import { profileWhile, survivingBytesWhile } from './inspect.ts';

export interface ReadProfile {
  readonly candidate: Candidate;
  /** By package: its share in the processor time, 0 to 1. */
  readonly shares: Readonly<Record<string, number>>;
  /** Bytes that one request leaves to the next full garbage collection. */
  readonly survivingBytes: number;
}

const candidates = ['redis', 'hardened'] as const;

export async function profileReads(
  testBed: TestBed,
  plan: Plan,
  say: (line: string) => void,
): Promise<readonly ReadProfile[]> {
  const profiles: ReadProfile[] = [];
  for (const candidate of candidates) {
    say(`profile: ${candidate}`);
    await using site = await testBed.startLogging(`profile-${candidate}`, candidate);
    const [user] = await loggedInUsers(site, 1);
    if (user === undefined) throw new MeasurementError('There is no user');
    const { me } = user;
    const load = (measureMs: number) =>
      measureLoad(testBed, site, me, { kind: 'closed', connections }, { warmUpMs: 0, measureMs });
    await load(plan.compileMs);
    const address = await openInspector(site.child);
    const profile = await profileWhile(address, () => load(plan.profileMs));
    let answered = 0;
    const surviving = await survivingBytesWhile(address, async () => {
      ({ answered } = await load(plan.profileMs));
    });
    profiles.push({ candidate, shares: cpuShares(profile), survivingBytes: surviving / answered });
  }
  return profiles;
}
