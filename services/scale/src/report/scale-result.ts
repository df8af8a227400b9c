// Everything that a run brought, as it is saved as JSON, and what a later run reads of it (`--from`).

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { WrongUse } from '../../../lab/src/commands/command-line.ts';
import type { Environment } from '../../../lab/src/report/environment.ts';
import type { ScaleFigures } from '../figures.ts';
import type { Assumptions } from '../model/assumptions.ts';
import type { Plan, Section } from '../plan.ts';
import type { PlanInput } from './plan-tables.ts';

export interface ScaleResult {
  readonly environment: MeasuredOn;
  readonly quick: boolean;
  readonly seconds: number;
  readonly sections: readonly Section[];
  readonly plan: Plan;
  readonly figures: ScaleFigures;
  /** For the computed part. Absent where the sections `redis` and `instance` did not both run. */
  readonly basis?: Basis;
}

/** Where it was measured, and how busy that machine was with other things. */
export interface MeasuredOn extends Environment {
  /** The system's load average (of one minute) before the run: how many programs wanted a core. */
  readonly loadBefore: number;
}

export type Basis = Pick<PlanInput, 'costs' | 'checks' | 'checkedWith' | 'million'>;

const cost = z.number().nonnegative();
const assumptions: z.ZodType<Assumptions> = z.object({
  ...{ requestsPerHour: cost, writeShare: cost, peak: cost, hoursBetweenLogins: cost, renewalMinutes: cost },
  ...{ coreBusy: cost, redisBusy: cost, redisGiB: cost, redisFull: cost },
  ...{ hashThreads: cost, poolMax: cost, maxConnections: cost, connectionsKept: cost },
});
const saved = z.object({
  environment: z.object({
    ...{
      date: z.string(),
      system: z.string(),
      cpu: z.string(),
      cores: z.int(),
      memoryGiB: z.number(),
      loadBefore: z.number(),
    },
    versions: z.record(z.string(), z.string()),
  }),
  quick: z.boolean(),
  basis: z.object({
    costs: z.object({
      ...{
        readMs: cost,
        writeMs: cost,
        loginMs: cost,
        sessionBytes: cost,
        idleCores: cost,
        redisIdleCores: cost,
      },
      ...{ redisReadUs: cost, redisWriteUs: cost, redisRenewalUs: cost, redisLoginUs: cost },
    }),
    checks: z.array(
      z.object({
        ...{ people: z.int(), requestsPerSecond: cost, loginsPerSecond: cost, failed: z.int() },
        readP99Ms: cost.nullable(),
        ...{ instanceCores: cost, redisCores: cost, redisBytes: cost },
      }),
    ),
    checkedWith: assumptions,
    million: z.object({ sessions: z.int(), bytesPerPerson: cost }).optional(),
  }),
});
export type SavedBasis = z.output<typeof saved>;

/** @throws {WrongUse} When the file is not one that a run with the sections redis and instance has saved. */
export async function readSavedBasis(file: string): Promise<SavedBasis> {
  const expected = `--from takes a file that a run with the sections redis and instance has saved, and ${file}`;
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new WrongUse(`${expected} cannot be read.`, { cause });
  });
  try {
    return saved.parse(JSON.parse(text));
  } catch (cause) {
    throw new WrongUse(`${expected} is none.`, { cause });
  }
}
