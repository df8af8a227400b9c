// Writes of session objects as they wait to be merged, without a store.

import { setImmediate as turn } from 'node:timers/promises';
import {
  type MergeOptions,
  mergeWrites,
  type WaitingWrite,
} from '../../services/session-store/src/merge-writes.ts';
import { type LoadedSnapshot, newSnapshot } from '../../services/session-store/src/session-origins.ts';

export const cookie = {
  originalMaxAge: 60_000,
  expires: '2030-01-01T00:00:00.000Z',
  httpOnly: true,
  path: '/',
};

export const textOf = (content: object): string => JSON.stringify({ cookie, ...content });

/** A session object that was loaded when this text was stored. */
export function loaded(text: string, more: Partial<LoadedSnapshot> = {}): LoadedSnapshot {
  return { ...newSnapshot('one', JSON.parse(text), text, 30_000, true), ...more };
}

export interface Save {
  readonly write: WaitingWrite;
  /** What its caller was told, or `waiting`. */
  end(): Promise<unknown>;
}

export function save(snapshot: LoadedSnapshot, mineText: string): Save {
  let end: unknown = 'waiting';
  const settle = (value: unknown) => {
    end = value;
  };
  return {
    write: { snapshot, mineText, waitsForReplicas: false, resolve: settle, reject: settle },
    end: async () => {
      await turn();
      return end;
    },
  };
}

export function merge(saves: readonly Save[], storedText: string, options: Partial<MergeOptions> = {}) {
  const batch = saves.map(({ write }) => write);
  const merging = mergeWrites(batch, storedText, {
    serializer: JSON,
    ttl: 1,
    resolverFor: () => undefined,
    maxTextLength: 1000,
    ...options,
  });
  return { batch, merging };
}
