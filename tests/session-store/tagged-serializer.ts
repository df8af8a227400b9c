// A serializer as apps write it that keep Dates and Sets in their sessions: JSON in which these carry a tag.

import type { SessionData } from 'express-session';
import type { Serializer } from 'merging-redis-store';

export const taggedSerializer: Serializer = {
  stringify(session: SessionData): string {
    // JSON.stringify hands a Date to its replacer as text already; `this` still has the Date.
    return JSON.stringify(session, function (this: Record<string, unknown>, key, value) {
      const raw = this[key];
      if (raw instanceof Date) return { $date: raw.toISOString() };
      if (raw instanceof Set) return { $set: Array.from(raw) };
      return value;
    });
  },
  parse(text: string): SessionData {
    return JSON.parse(text, (_key, value) => {
      if (typeof value?.$date === 'string') return new Date(value.$date);
      if (Array.isArray(value?.$set)) return new Set(value.$set);
      return value;
    });
  },
};
