import { describe, expect, test } from '@jest/globals';
import { TimeLine } from '../../../services/lab/src/traffic/time-line.ts';
import { type Answer, HttpClient } from '../../../services/lab/src/users/http-client.ts';
import { User } from '../../../services/lab/src/users/user.ts';

/** A time line on a clock that the test moves; users send nothing here, so the client has nobody to talk to. */
function begin() {
  let nowMs = 5_000;
  const line = new TimeLine(() => nowMs);
  const client = new HttpClient('http://127.0.0.1:9');
  const newcomer = () => {
    const user = new User(client);
    line.userLoggedIn(user);
    return user;
  };
  return {
    line,
    newcomer,
    nextSecond: () => {
      nowMs = (Math.floor(nowMs / 1000) + 1) * 1000;
    },
    wait: (ms: number) => {
      nowMs += ms;
    },
    /** How many are still logged in, of how many, in each second. */
    logins: () => line.seconds().map((s) => `${s.usersStillLoggedIn} of ${s.usersLoggedIn}`),
  };
}

const answer = (status: number, ms: number, body?: unknown): Answer => ({
  ...{ method: 'GET', path: '/api/v1/me', servedBy: 'app-1', setCookies: [] },
  ...{ status, ms, body },
});
const knows = (user: User) => answer(200, 1, { data: { user: { id: 1, username: user.username } } });
const doesNotKnow = () => answer(401, 1);

describe('users still logged in', () => {
  test('are those whom every answer in this second knew', () => {
    const { line, newcomer, nextSecond, logins } = begin();
    const [ada, ben] = [newcomer(), newcomer()];
    nextSecond();
    line.addUserAnswer(ada, knows(ada));
    line.addUserAnswer(ben, knows(ben));
    line.addUserAnswer(ben, doesNotKnow());
    line.addUserAnswer(ben, knows(ben));
    nextSecond();
    expect(logins()).toEqual(['2 of 2', '1 of 2']);
  });

  test('are back when a second comes in which every answer knows them', () => {
    const { line, newcomer, nextSecond, logins } = begin();
    const ada = newcomer();
    line.addUserAnswer(ada, doesNotKnow());
    nextSecond();
    line.addUserAnswer(ada, knows(ada));
    nextSecond();
    expect(logins()).toEqual(['0 of 1', '1 of 1']);
  });

  test('who get no answer in a second are what they were in the second before', () => {
    const { line, newcomer, nextSecond, logins } = begin();
    const [ada] = [newcomer(), newcomer()];
    line.addUserAnswer(ada, doesNotKnow());
    nextSecond();
    nextSecond();
    expect(logins()).toEqual(['1 of 2', '1 of 2']);
  });

  test('a request that failed says nothing about the login', () => {
    const { line, newcomer, nextSecond, logins } = begin();
    line.addUserAnswer(newcomer(), answer(502, 1));
    nextSecond();
    expect(logins()).toEqual(['1 of 1']);
    expect(line.seconds()[0]).toMatchObject({ requests: 1, failures: 1 });
  });

  test("somebody else's page is not theirs", () => {
    const { line, newcomer, nextSecond, logins } = begin();
    const [ada, ben] = [newcomer(), newcomer()];
    line.addUserAnswer(ada, knows(ben));
    nextSecond();
    expect(logins()).toEqual(['1 of 2']);
  });
});

test('counts the requests and failures of each second, and not those of the second that is not over', () => {
  const { line, nextSecond } = begin();
  line.add(answer(200, 1));
  line.add(answer(0, 1));
  nextSecond();
  nextSecond();
  line.add(answer(200, 1));
  expect(line.seconds()).toMatchObject([
    { second: 0, requests: 2, failures: 1 },
    { second: 1, requests: 0, failures: 0, p95Ms: 0 },
  ]);
});

test('the p95 is the 95th percentile of the latencies, in tenths of a millisecond', () => {
  const { line, nextSecond } = begin();
  for (let ms = 11; ms >= 1; ms--) line.add(answer(200, ms));
  nextSecond();
  expect(line.seconds()[0]?.p95Ms).toBe(10.5);
});
