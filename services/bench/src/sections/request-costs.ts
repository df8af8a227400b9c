// What a cart addition, a login and a logout cost an instance in processor time: this project's app, and the tutorials'.

import bcrypt from 'bcryptjs';
import { processorTimeUs } from '../load/processor-time.ts';
import type { Plan } from '../plan.ts';
import { measureInRounds } from '../rounds.ts';
import type { Candidate, LoggingCandidate, TestBed } from '../test-bed.ts';
import { eachOf, SiteUser } from './site-user.ts';

export const costKinds = ['write', 'login', 'logout'] as const;
export type CostKind = (typeof costKinds)[number];

export interface RequestCosts {
  readonly candidate: Candidate;
  /**
   * Of the instance for one request, in microseconds: a value for each round. A login is without its hash. Empty where the
   * system does not tell.
   */
  readonly cpuUs: Readonly<Record<CostKind, readonly number[]>>;
  /** Of the hash that each login takes, measured in this process right after the logins of the same round. */
  readonly hashUs: readonly number[];
}

const candidates = ['bare', 'hardened', 'connect-redis', 'redis'] as const;
/** Requests under way at once. */
const atOnce = 8;
/** Rounds before those that count: V8 compiles what is used most bit by bit. */
const warmUpRounds = 2;
/** How often each user adds to the cart in a round, so that writes, too, are measured for about a second at a time. */
const writesEach = 6;

export async function measureRequestCosts(
  testBed: TestBed,
  plan: Plan,
  say: (line: string) => void,
): Promise<readonly RequestCosts[]> {
  await using opened = new AsyncDisposableStack();
  const sites = new Map<string, { site: LoggingCandidate; users: SiteUser[] }>();
  for (const candidate of candidates) {
    const site = opened.use(await testBed.startLogging(`costs-${candidate}`, candidate));
    const users = Array.from({ length: plan.costUsers }, () => new SiteUser(site));
    await eachOf(users, atOnce, (user) => user.signUp());
    sites.set(candidate, { site, users });
  }
  const measure = async (name: string) => {
    const { site, users } = sites.get(name) ?? {};
    if (site === undefined || users === undefined) throw new TypeError(`There is no candidate ${name}`);
    return measureRound(site, users);
  };
  const names = [...sites.keys()];
  await measureInRounds(Math.min(warmUpRounds, plan.costRounds), names, measure);
  say(`requests: ${plan.costRounds} rounds of ${plan.costUsers} writes, logins and logouts each`);
  const measured = await measureInRounds(plan.costRounds, names, measure);
  return candidates.map((candidate) => {
    const rounds = measured.get(candidate) ?? [];
    const of = (kind: CostKind) => rounds.flatMap((round) => round[kind] ?? []);
    const hashUs = rounds.map((round) => round.hash);
    return { candidate, hashUs, cpuUs: { write: of('write'), login: of('login'), logout: of('logout') } };
  });
}

/** Each user fills a cart as a guest, logs in with it, adds to it some more times, and logs out. */
async function measureRound({ child }: LoggingCandidate, users: readonly SiteUser[]) {
  const cost = async (request: (user: SiteUser) => Promise<void>, times = 1) => {
    const beforeUs = processorTimeUs(child.pid);
    for (let time = 0; time < times; time++) await eachOf(users, atOnce, request);
    const afterUs = processorTimeUs(child.pid);
    if (beforeUs === undefined || afterUs === undefined) return undefined;
    return (afterUs - beforeUs) / (users.length * times);
  };
  await eachOf(users, atOnce, (user) => user.addToCart());
  const loginWithHash = await cost((user) => user.logIn());
  const hash = await hashCost(users.length);
  const login = loginWithHash === undefined ? undefined : loginWithHash - hash;
  const write = await cost((user) => user.addToCart(), writesEach);
  const logout = await cost((user) => user.logOut());
  return { write, login, logout, hash };
}

/** The same library, cost and thread as in the candidates. @returns microseconds of processor time for one hash */
async function hashCost(times: number): Promise<number> {
  const hash = await bcrypt.hash('correct horse battery staple', 4);
  const before = process.cpuUsage();
  for (let time = 0; time < times; time++) await bcrypt.compare('correct horse battery staple', hash);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}
