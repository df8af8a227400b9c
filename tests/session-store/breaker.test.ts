import { beforeEach, describe, expect, test } from '@jest/globals';
import { Breaker, type CallOutcome } from '../../services/session-store/src/breaker.ts';

let nowMs: number;
let breaker: Breaker;

beforeEach(() => {
  nowMs = 0;
  breaker = new Breaker({
    threshold: 3,
    firstPauseMs: 100,
    longestPauseMs: 400,
    now: () => nowMs,
    random: () => 0.999_999,
  });
});

function callThat(outcome: CallOutcome) {
  const permit = breaker.requestPermit();
  if (permit !== undefined) breaker.report(permit, outcome);
  return permit;
}

function timeouts(calls: number) {
  for (let i = 0; i < calls; i++) callThat('timed out');
}

describe('The breaker', () => {
  test('permits every call while Redis answers', () => {
    for (let i = 0; i < 10; i++) expect(callThat('answered')).toBe('normal');
    expect(breaker.isClosed).toBe(true);
  });

  test('refuses after three calls in a row without an answer', () => {
    timeouts(2);
    expect(breaker.requestPermit()).toBe('normal');
    timeouts(1);
    expect(breaker.requestPermit()).toBeUndefined();
  });

  test('starts counting again after an answer', () => {
    timeouts(2);
    callThat('answered');
    timeouts(2);
    expect(breaker.isClosed).toBe(true);
  });

  test('does not count calls that failed at once because there was no connection', () => {
    for (let i = 0; i < 10; i++) expect(callThat('failed fast')).toBe('normal');
    timeouts(2);
    expect(breaker.isClosed).toBe(true);
  });

  test('permits exactly one call after the pause, and all of them after its answer', () => {
    timeouts(3);
    nowMs = 101;
    expect(breaker.requestPermit()).toBe('trial');
    expect(breaker.requestPermit()).toBeUndefined();
    breaker.report('trial', 'answered');
    expect(breaker.requestPermit()).toBe('normal');
    expect(breaker.unansweredForMs).toBe(0);
  });

  test('pauses for twice as long after each trial that fails, up to the longest pause', () => {
    timeouts(3);
    const pauses = [100, 200, 400, 400, 400];
    for (const pause of pauses) {
      nowMs += pause - 1;
      expect(breaker.requestPermit()).toBeUndefined();
      nowMs += 1;
      expect(callThat('timed out')).toBe('trial');
    }
  });

  test('spreads the trials of many instances over the second half of the pause', () => {
    const eager = new Breaker({
      threshold: 1,
      firstPauseMs: 100,
      longestPauseMs: 400,
      now: () => nowMs,
      random: () => 0,
    });
    eager.report('normal', 'timed out');
    nowMs = 49;
    expect(eager.requestPermit()).toBeUndefined();
    nowMs = 50;
    expect(eager.requestPermit()).toBe('trial');
  });

  test('ignores timeouts of calls that began before it opened', () => {
    timeouts(3);
    nowMs = 101;
    expect(breaker.requestPermit()).toBe('trial');
    breaker.report('normal', 'timed out');
    breaker.report('trial', 'answered');
    expect(breaker.isClosed).toBe(true);
  });

  test('stays open for what is told of calls that began before it opened', () => {
    timeouts(3);
    breaker.report('normal', 'timed out');
    breaker.report('normal', 'failed fast');
    nowMs = 99;
    expect(breaker.requestPermit()).toBeUndefined();
    nowMs = 101;
    expect(breaker.requestPermit()).toBe('trial');
    breaker.report('normal', 'timed out');
    breaker.report('normal', 'failed fast');
    nowMs += 1000;
    expect(breaker.requestPermit()).toBeUndefined();
    breaker.report('trial', 'timed out');
    nowMs += 200;
    expect(breaker.requestPermit()).toBe('trial');
  });

  test('counts a trial as any other call where it was closed in the meantime', () => {
    timeouts(3);
    nowMs = 101;
    expect(breaker.requestPermit()).toBe('trial');
    breaker.report('normal', 'answered');
    breaker.report('trial', 'timed out');
    expect(breaker.isClosed).toBe(true);
    timeouts(2);
    expect(breaker.isClosed).toBe(false);
  });

  test('closes when a trial finds no connection, and opens at the first timeout on the next one', () => {
    timeouts(3);
    nowMs = 101;
    expect(callThat('failed fast')).toBe('trial');
    expect(callThat('failed fast')).toBe('normal');
    expect(callThat('timed out')).toBe('normal');
    expect(breaker.isClosed).toBe(false);
  });

  test('says for how long Redis has not answered', () => {
    nowMs = 1000;
    timeouts(1);
    nowMs = 3500;
    expect(breaker.unansweredForMs).toBe(2500);
  });
});
