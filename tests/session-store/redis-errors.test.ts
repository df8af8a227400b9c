// What errors of node-redis mean, also where they come from another copy of it.

import { describe, expect, test } from '@jest/globals';
import { isReply, replyCode, wasNotSent } from '../../services/session-store/src/redis-errors.ts';

class ErrorReply extends Error {}
class SimpleError extends ErrorReply {}
class AbortError extends Error {}
class ClientOfflineError extends Error {}
class ClientClosedError extends Error {}

const noErrors = [undefined, null, 'READONLY text', Object.create(null), {}];

describe('An error reply', () => {
  test.each([
    new ErrorReply('of any text'),
    new SimpleError('of any text'),
    new Error('READONLY You can’t write against a read only replica.'),
    new Error('-LOADING Redis is loading the dataset in memory'),
    new Error('OOM command not allowed'),
    new Error('EX of the shortest code'),
  ])('is recognized by its class or its text: $constructor.name $message', (error) => {
    expect(isReply(error)).toBe(true);
  });

  test.each([
    new Error('Socket closed unexpectedly'),
    new Error('The client is offline'),
    new Error('the reply was READONLY You can’t write'),
    new Error('A reply'),
    new Error('OOM'),
    Object.assign(new Error('ERR 111'), { code: 'ECONNREFUSED' }),
  ])('is not what has no code in front, or has one of the system: $message', (error) => {
    expect(isReply(error)).toBe(false);
  });

  test('is nothing that is no error', () => {
    expect(noErrors.map(isReply)).toEqual(noErrors.map(() => false));
  });

  test.each<[string, string | undefined]>([
    ['READONLY You can’t write against a read only replica.', 'READONLY'],
    ['-READONLY You can’t write against a read only replica.', 'READONLY'],
    ['ERR Error running script (call to f_0): @user_script:7: -READONLY You can’t write', 'READONLY'],
    ['ERR Error running script (call to f_0): LOADING Redis', 'LOADING'],
    ['MASTERDOWN Link with MASTER is down', 'MASTERDOWN'],
    ['NOSCRIPT No matching script', 'NOSCRIPT'],
    ['MOVED 3999 127.0.0.1:6381', 'MOVED'],
    ['-ASK 3999 127.0.0.1:6381', 'ASK'],
    ['WRONGTYPE Operation against a key', 'WRONGTYPE'],
    ['ERR unknown command PRELOADING', 'ERR'],
    ['ERR unknown command LOADINGS', 'ERR'],
    ['it has MOVED 3999', undefined],
    ['MOVED', undefined],
    ['Socket closed unexpectedly', undefined],
  ])('has the code that matters: %s', (message, code) => {
    expect(replyCode(new Error(message))).toBe(code);
  });

  test('has no code where it has no text', () => {
    expect(noErrors.map(replyCode)).toEqual(noErrors.map(() => undefined));
  });
});

describe('A command was certainly not sent', () => {
  test.each([
    new ClientOfflineError(),
    new ClientClosedError(),
    new AbortError(),
    new Error('The client is offline'),
    new Error('The client is closed'),
    new Error('The command was aborted'),
    new Error('The queue is full'),
  ])('with the error $constructor.name $message', (error) => {
    expect(wasNotSent(error)).toBe(true);
  });

  test.each([
    new Error('Socket closed unexpectedly'),
    new Error('a proxy says: The client is offline'),
    new Error('The client is slow'),
    new SimpleError('ERR'),
  ])('but perhaps with $message', (error) => {
    expect(wasNotSent(error)).toBe(false);
  });

  test('but perhaps with what is no error', () => {
    expect(noErrors.map(wasNotSent)).toEqual(noErrors.map(() => false));
  });
});
