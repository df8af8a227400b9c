// The scripts in loadtest/ from the laboratory's side: what each needs of a fleet, and what is done to it meanwhile.

import type { Fleet, FleetOptions } from '../fleet/fleet.ts';

export interface Script {
  /** The name of its file, without `.ts`. */
  readonly name: string;
  readonly question: string;
  /** How many instances it begins with, where that is not `--instances`. */
  readonly initialInstances?: number;
  /** Settings of the app without which its question would have no answer. */
  readonly appSettings?: FleetOptions['appSettings'];
  /** Made when the script asks for it. */
  readonly change?: (fleet: Fleet, instances: number) => Promise<void>;
  /** Whether an autoscaler has charge of the number of instances. */
  readonly autoscaled?: boolean;
}

/**
 * What bcrypt costs in production, in threads of its own; the fleets of the laboratory have it cheaper otherwise. One may
 * wait, so that two hashes take less than nginx waits (5 s), on a busy machine too: it takes an instance whose answers
 * come later for dead, and when all are, the readers get 502. Measured with 64 waiting: a quarter of the reads failed.
 */
const realHashing = { BCRYPT_ROUNDS: '12', HASH_THREADS: '1', HASH_QUEUE: '1' };

export const scripts: readonly Script[] = [
  { name: '01-smoke', question: 'Does it work at all?' },
  { name: '02-cross-instance-login', question: 'Is a login on one instance known on the others?' },
  {
    name: '03-scale-out',
    question: 'Do logged-in users notice that instances are added?',
    initialInstances: 1,
    change: (fleet, instances) => fleet.scaleTo(instances),
  },
  {
    name: '04-scale-in',
    question: 'Do they notice that instances are taken away?',
    change: (fleet) => fleet.scaleTo(1),
  },
  {
    name: '05-crash',
    question: 'Who is logged out when an instance dies?',
    change: async (fleet) => {
      const [victim] = await fleet.instances();
      if (victim === undefined) throw new Error('There is no instance to kill.');
      await fleet.kill(victim.name);
    },
  },
  {
    name: '06-rolling-deploy',
    question: 'Does a deploy log people out?',
    change: (fleet) => fleet.replaceAll(),
  },
  {
    name: '07-login-storm',
    question: 'When everybody logs in at once, do the others have to wait?',
    appSettings: realHashing,
  },
  { name: '08-spike', question: 'Does a crowd cost anybody a request or the session?' },
  {
    name: '09-soak',
    question: 'Does anything wear out, or run into a timeout?',
    // Shorter than the script, so that staying active is what keeps people logged in.
    appSettings: { SESSION_IDLE_SECONDS: '60' },
  },
  { name: '10-breakpoint', question: 'How many reads a second does it hold?' },
  {
    name: '11-autoscale',
    question: 'Does anybody notice an autoscaler at work?',
    initialInstances: 1,
    autoscaled: true,
  },
];

/** Finds a script by `02-cross-instance-login`, `02`, `2`, `cross-instance-login` or the path of its file. */
export function findScript(text: string): Script | undefined {
  const wanted = text.replace(/^.*\//, '').replace(/\.ts$/, '');
  return scripts.find(({ name }) => {
    const [number = '', ...words] = name.split('-');
    return [name, number, String(Number(number)), words.join('-')].includes(wanted);
  });
}
