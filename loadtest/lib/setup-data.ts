// What setup() prepares and hands to every VU: users who are logged in, one for each VU, and the instances.
//
//   USERS_FILE=/path   lines `username,password` of users that exist already, for a deployment without a sign-up

import { fail } from 'k6';
import exec from 'k6/execution';
import { rememberInitialInstances } from './answer-metrics.ts';
import type { Answer } from './client.ts';
import { findInstances } from './instances.ts';
import { target } from './target.ts';
import { type SavedUser, TestUser } from './test-user.ts';

/** k6 passes it on as JSON. */
export interface SetupData {
  readonly users: readonly SavedUser[];
  /** The instances that were there at the start. */
  readonly instances: readonly string[];
}

const usersFile = __ENV.USERS_FILE ? open(__ENV.USERS_FILE) : undefined;

/** For setup(): users who are logged in before the measurement begins, so that reads are no test of bcrypt. */
export function logInUsers(count: number): SetupData {
  const instances = findInstances();
  if (instances.length === 0) {
    fail(
      `${target.baseUrl} does not answer with the header ${target.servedByHeader}; see lib/target.ts for what is needed.`,
    );
  }
  rememberInitialInstances(instances);
  const users =
    usersFile === undefined ? Array.from({ length: count }, signUpUser) : logInExisting(usersFile, count);
  if (users.length === 0) fail('There are no users: USERS_FILE has no line "username,password".');
  return { users, instances };
}

function signUpUser(): SavedUser {
  const user = new TestUser({ username: `k6-${crypto.randomUUID()}`, password: crypto.randomUUID() });
  return savedAfter(user, user.signUp(), 201, target.signUp);
}

function logInExisting(lines: string, count: number): SavedUser[] {
  const users = lines.split('\n').filter((line) => line.includes(','));
  return users.slice(0, count).map((line) => {
    const [username = '', ...password] = line.trim().split(',');
    const user = new TestUser({ username, password: password.join(',') });
    return savedAfter(user, user.logIn(), 200, target.logIn);
  });
}

function savedAfter(user: TestUser, answer: Answer, expected: number, path: string): SavedUser {
  if (answer.status !== expected) {
    fail(`POST ${path} must answer ${expected}, not ${answer.status}: ${answer.body.slice(0, 200)}`);
  }
  const saved = user.saved();
  if (Object.keys(saved.cookies).length === 0) {
    fail(`POST ${path} set no cookie that comes back over ${target.baseUrl}. A Secure cookie needs https.`);
  }
  return saved;
}

/** This VU's user: each VU has its own, as long as there are enough. */
export function savedUserOf({ users, instances }: SetupData): SavedUser {
  rememberInitialInstances(instances);
  const user = users[(exec.vu.idInTest - 1) % users.length];
  return user ?? fail('There are no users.');
}
