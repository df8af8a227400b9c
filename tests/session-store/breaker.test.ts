import { beforeEach, describe, expect, test } from '@jest/globals';
import { Breaker } from '../../services/session-store/src/breaker.ts';

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

function callThatIs(end: 'answered' | 'timed out' | 'failed fast') {
  const ticket = breaker.admit();
  if (ticket !== undefined) breaker.settle(ticket, end);
  return ticket;
}

function silence(calls: number) {
  for (let i = 0; i < calls; i++) callThatIs('timed out');
}

describe('The breaker', () => {
  test('lets every call through while Redis answers', () => {
    for (let i = 0; i < 10; i++) expect(callThatIs('answered')).toBe('normal');
    expect(breaker.isOpen).toBe(false);
  });

  test('refuses after three calls in a row without an answer', () => {
    silence(2);
    expect(breaker.admit()).toBe('normal');
    silence(1);
    expect(breaker.admit()).toBeUndefined();
  });

  test('counts anew after an answer', () => {
    silence(2);
    callThatIs('answered');
    silence(2);
    expect(breaker.isOpen).toBe(false);
  });

  test('does not count calls that failed at once, for want of a connection', () => {
    for (let i = 0; i < 10; i++) expect(callThatIs('failed fast')).toBe('normal');
  });

  test('lets exactly one call through after the pause, and all of them after its answer', () => {
    silence(3);
    nowMs = 101;
    expect(breaker.admit()).toBe('trial');
    expect(breaker.admit()).toBeUndefined();
    breaker.settle('trial', 'answered');
    expect(breaker.admit()).toBe('normal');
    expect(breaker.unansweredForMs).toBe(0);
  });

  test('pauses for twice as long after each trial that fails, up to the longest pause', () => {
    silence(3);
    const pauses = [100, 200, 400, 400, 400];
    for (const pause of pauses) {
      nowMs += pause - 1;
      expect(breaker.admit()).toBeUndefined();
      nowMs += 1;
      expect(callThatIs('timed out')).toBe('trial');
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
    eager.settle('normal', 'timed out');
    nowMs = 49;
    expect(eager.admit()).toBeUndefined();
    nowMs = 50;
    expect(eager.admit()).toBe('trial');
  });

  test('ignores what calls from before it opened did not hear', () => {
    silence(3);
    nowMs = 101;
    expect(breaker.admit()).toBe('trial');
    breaker.settle('normal', 'timed out');
    breaker.settle('trial', 'answered');
    expect(breaker.isOpen).toBe(false);
  });

  test('closes when a trial finds no connection, and opens at the first silence on the next one', () => {
    silence(3);
    nowMs = 101;
    expect(callThatIs('failed fast')).toBe('trial');
    expect(callThatIs('failed fast')).toBe('normal');
    expect(callThatIs('timed out')).toBe('normal');
    expect(breaker.isOpen).toBe(true);
  });

  test('says how long Redis has been silent', () => {
    nowMs = 1000;
    silence(1);
    nowMs = 3500;
    expect(breaker.unansweredForMs).toBe(2500);
  });
});
