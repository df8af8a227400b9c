// How long a run measures what. The full plan takes about nine minutes, the quick one about one.

export const sections = ['read', 'commands', 'login-storm', 'logins', 'outage'] as const;
export type Section = (typeof sections)[number];

/** Times in milliseconds. */
export interface Plan {
  /** Rounds of the section `read`. */
  readonly rounds: number;
  /** Rounds of the others, whose figures lie further apart or cost more time. */
  readonly longRounds: number;
  /** Load before each measurement that is not measured. */
  readonly warmUpMs: number;
  /** Load on a new instance until V8 has compiled what is used most, which it does bit by bit. */
  readonly compileMs: number;
  /** How often each has its slice for requests per second, and how long one is. */
  readonly slices: number;
  readonly sliceMs: number;
  /** One measurement of latencies in quiet. */
  readonly readMs: number;
  /** One measurement of latencies, in quiet and in a login storm each. */
  readonly stormMs: number;
  /** One measurement of logins per second, and one of bare hashes per second. */
  readonly loginsMs: number;
  /** How long Redis is away, and how long its return is watched. */
  readonly outageMs: number;
  readonly recoveryMs: number;
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
  recoveryMs: 2_000,
};

/** One round of everything: enough to see that it works, too little for a figure to be quoted. */
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
  recoveryMs: 2_000,
};
