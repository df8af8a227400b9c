// How often and how long each thing is measured. The full plan takes about nine minutes, the quick one about one.

export const sections = ['read', 'commands', 'login-storm', 'logins', 'outage', 'replicas'] as const;
export type Section = (typeof sections)[number];

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
  /** One measurement of a read's latencies at low load. */
  readonly readMs: number;
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
  rounds: 7,
  longRounds: 5,
  warmUpMs: 400,
  compileMs: 3_000,
  slices: 60,
  sliceMs: 250,
  readMs: 1_500,
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
  sliceMs: 250,
  readMs: 700,
  stormMs: 1_500,
  loginsMs: 2_000,
  outageMs: 1_500,
  afterOutageMs: 2_000,
  replicatedLogins: 50,
};
