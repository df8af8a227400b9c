// The statements that change a user, against a real Postgres.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { type AccountChanges, accountChangesIn } from '../../../services/app/src/accounts/account-changes.ts';
import { type Users, usersIn } from '../../../services/app/src/accounts/users.ts';
import { startPostgres } from '../../support/postgres.ts';

const opened = new AsyncDisposableStack();
let users: Users;
let changes: AccountChanges;
beforeAll(async () => {
  const postgres = opened.use(await startPostgres());
  const pool = opened.adopt(new pg.Pool({ connectionString: postgres.url }), (open) => open.end());
  users = usersIn(pool);
  changes = accountChangesIn(pool);
});
afterAll(() => opened.disposeAsync());

const passwordOf = (n: number) => ({ hash: `$2b$0${n + 3}$${n}`, pepperVersion: n });
const [first, second, third] = [passwordOf(1), passwordOf(2), passwordOf(3)];
let number = 0;
const newUser = () => users.add(`user-${++number}`, first, async () => {});
const nobody = '00000000-0000-4000-8000-000000000000';

test('a hash that was made for the old password does not undo a change of the password', async () => {
  const { id } = await newUser();
  expect(await changes.changePassword(id, first, second)).toBe(1);
  await changes.rehash(id, first, third);
  expect((await users.get(id))?.password).toEqual(second);
});

test('a hash of the same password takes the place of the old one, and ends nothing', async () => {
  const { id } = await newUser();
  await changes.rehash(id, first, second);
  expect(await users.get(id)).toMatchObject({ password: second, epoch: 0 });
});

test('a password is changed only from the one that was checked', async () => {
  const { id } = await newUser();
  expect(await changes.changePassword(id, first, second)).toBe(1);
  expect(await changes.changePassword(id, first, third)).toBeUndefined();
  expect(await users.get(id)).toMatchObject({ password: second, epoch: 1 });
});

test('a user is disabled and enabled, and each time it is disabled the sessions end', async () => {
  const { id, username } = await newUser();
  expect(await changes.disable(id)).toBe(1);
  expect(await changes.disable(id)).toBe(2);
  expect((await users.find(username))?.isDisabled).toBe(true);
  await changes.enable(id);
  expect(await users.find(username)).toMatchObject({ isDisabled: false, epoch: 2 });
});

test('of a user that is not there nothing changes', async () => {
  expect(await changes.endSessions(nobody)).toBeUndefined();
  expect(await changes.disable(nobody)).toBeUndefined();
  expect(await users.get(nobody)).toBeUndefined();
});
