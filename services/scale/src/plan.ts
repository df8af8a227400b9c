// How much of each thing is measured. The full plan takes about ten minutes on two idle cores, the quick one under one.

export const sections = ['redis', 'instance', 'million', 'cluster'] as const;
export type Section = (typeof sections)[number];

/** Times in milliseconds. */
export interface Plan {
  /** Sessions in Redis while the costs of single operations and requests are measured. */
  readonly sessions: number;
  /** Articles in the carts of the sessions whose size is measured, beside {@link usualCartLines}. */
  readonly cartLines: readonly number[];
  /** Sessions for the section `million`. */
  readonly million: number;
  readonly warmUpMs: number;
  /** One measurement of an operation's cost at full load. */
  readonly operationMs: number;
  /** One step of the load that rises until the knee; and how often at most. */
  readonly stepMs: number;
  readonly mostSteps: number;
  /** Load on a new instance until V8 has compiled what is used most, which it does bit by bit. */
  readonly compileMs: number;
  /** A measurement of requests, one of an instance without any, and one of logins with a hash each. */
  readonly requestsMs: number;
  readonly idleMs: number;
  readonly loginsMs: number;
  /** bcrypt's cost. */
  readonly bcryptRounds: number;
  /** For so many people the model is compared with a measurement. */
  readonly checkedPeople: readonly number[];
  readonly checkMs: number;
  /** Sessions in the cluster, and how many of their people are asked again and again during the failure. */
  readonly clusterSessions: number;
  readonly clusterPeople: number;
  /** How long a node is down. */
  readonly nodeDownMs: number;
}

export const fullPlan: Plan = {
  ...{ sessions: 60_000, cartLines: [0, 10, 50], million: 1_000_000 },
  ...{ warmUpMs: 1_500, operationMs: 5_000, stepMs: 3_000, mostSteps: 16 },
  ...{ compileMs: 4_000, requestsMs: 8_000, idleMs: 5_000, loginsMs: 10_000, bcryptRounds: 12 },
  ...{ checkedPeople: [5_000, 10_000, 20_000], checkMs: 15_000 },
  ...{ clusterSessions: 60_000, clusterPeople: 300, nodeDownMs: 8_000 },
};

/** Enough to see that it works, not enough for figures to quote. */
export const quickPlan: Plan = {
  ...{ sessions: 3_000, cartLines: [0], million: 20_000 },
  ...{ warmUpMs: 300, operationMs: 500, stepMs: 500, mostSteps: 2 },
  ...{ compileMs: 300, requestsMs: 1_000, idleMs: 500, loginsMs: 2_000, bcryptRounds: 8 },
  ...{ checkedPeople: [1_000], checkMs: 2_000 },
  ...{ clusterSessions: 3_000, clusterPeople: 60, nodeDownMs: 2_500 },
};

/** A session as most people have it: logged in, a few articles in the cart. */
export const usualCartLines = 3;
