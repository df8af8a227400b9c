// How often and how long each thing is measured. The full plan takes about fifteen minutes, the quick one about three.

export const sections = [
  'read',
  'requests',
  'nginx',
  'memory',
  'commands',
  'login-storm',
  'logins',
  'outage',
  'replicas',
] as const;
/** `profile` only runs when it is asked for: a profiler slows down what it measures. */
export type Section = (typeof sections)[number] | 'profile';

/** Times in milliseconds. */
export interface Plan {
  /** Rounds of the section `read`. */
  readonly rounds: number;
  /** Rounds of the other sections, which take longer. */
  readonly longRounds: number;
  /** Load before each measurement. */
  readonly warmUpMs: number;
  /** Load on a new instance until V8 has compiled what is used most, which it does bit by bit. */
  readonly compileMs: number;
  /** Throughput of reads is measured in so many slices of each candidate, each so long. */
  readonly slices: number;
  readonly sliceMs: number;
  /** The same for the section `nginx`. */
  readonly sharingSlices: number;
  /** One measurement of a read's latencies at low load. */
  readonly readMs: number;
  /** Rounds of the section `requests`, and how many users send each kind of request in a round. */
  readonly costRounds: number;
  readonly costUsers: number;
  /** Rounds of the section `memory`, and how many sessions are in use in each. */
  readonly memoryRounds: number;
  readonly memorySessions: number;
  /** How long reads are profiled. */
  readonly profileMs: number;
  /** One measurement of latencies without and one with a login storm. */
  readonly stormMs: number;
  /** One measurement of logins per second, and one of bare hashes per second. */
  readonly loginsMs: number;
  /** How long Redis is down, and how long requests go on after its return. */
  readonly outageMs: number;
  readonly afterOutageMs: number;
  /** Logins and logouts one after the other, without and with waiting for a replica. */
  readonly replicatedLogins: number;
}

export const fullPlan: Plan = {
  rounds: 5,
  longRounds: 5,
  warmUpMs: 400,
  compileMs: 3_000,
  // After a pause of some seconds a process first has to fill the processor's caches again. In slices of 150 ms that was up
  // to a third of the whole, and more for those with more code.
  slices: 12,
  sliceMs: 1_000,
  sharingSlices: 8,
  readMs: 1_500,
  costRounds: 6,
  costUsers: 400,
  memoryRounds: 3,
  memorySessions: 10_000,
  profileMs: 8_000,
  stormMs: 2_800,
  loginsMs: 6_000,
  outageMs: 2_000,
  afterOutageMs: 2_000,
  replicatedLogins: 500,
};

/** One round of everything: enough to see that it works, not enough for figures to quote. */
export const quickPlan: Plan = {
  rounds: 1,
  longRounds: 1,
  warmUpMs: 200,
  compileMs: 1_000,
  slices: 8,
  sliceMs: 150,
  sharingSlices: 2,
  readMs: 700,
  costRounds: 3,
  costUsers: 20,
  memoryRounds: 1,
  memorySessions: 500,
  profileMs: 2_000,
  stormMs: 1_500,
  loginsMs: 2_000,
  outageMs: 1_500,
  afterOutageMs: 2_000,
  replicatedLogins: 50,
};

/** About how long a section takes, in seconds, to tell when a run will be over. */
export function estimatedSeconds(section: Section, plan: Plan): number {
  const long = plan.longRounds;
  switch (section) {
    case 'read': {
      const candidates = 8;
      const perCandidate = 3_000 + plan.compileMs + plan.slices * (plan.sliceMs + 20);
      return (candidates * (perCandidate + plan.rounds * (plan.warmUpMs + plan.readMs + 400))) / 1000;
    }
    case 'requests':
      return 12 + (plan.costRounds + 2) * plan.costUsers * 0.03;
    case 'nginx':
      return (9 * (plan.compileMs + 2_500 + plan.sharingSlices * (plan.sliceMs + 50))) / 1000;
    case 'memory':
      return plan.memoryRounds * 3 * (5 + plan.memorySessions * 0.0003);
    case 'commands':
      return 8;
    case 'login-storm':
      return 8 + (long * 3 * (2 * plan.stormMs + plan.warmUpMs + 2_500)) / 1000;
    case 'logins':
      return 4 + (long * (2 * plan.loginsMs + 3_000)) / 1000;
    case 'outage':
      return long * 2 * (6 + (plan.outageMs + plan.afterOutageMs) / 1000);
    case 'replicas':
      return 6 + plan.replicatedLogins * 0.03;
    case 'profile':
      return 2 * (5 + (plan.compileMs + 2 * plan.profileMs) / 1000);
  }
}
