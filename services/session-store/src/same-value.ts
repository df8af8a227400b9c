/** A session as data: what the serializer made of the text in Redis. */
export type SessionRecord = { readonly [key: string]: unknown };

/** Decides whether two values of a session are stored as the same text. */
export type SameStored = (a: unknown, b: unknown) => boolean;

export function isRecord(value: unknown): value is SessionRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether an object is one that a literal or `JSON.parse` makes, and not an instance of some class. */
export function isPlain(value: object): boolean {
  const type: unknown = Object.getPrototypeOf(value);
  // Not compared with Object.prototype: an object from another context (`node:vm`) has another one.
  return type === null || Object.getPrototypeOf(type) === null;
}

/** The value of a key that the object itself has; keys such as `constructor` are not looked up in its prototype. */
export function own(record: SessionRecord, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/**
 * Whether two values are equal. The order of an object's keys does not count; `undefined` is an absent value.
 *
 * @param sameStored asked where they hold what JSON does not have, such as a date that a serializer has revived
 */
export function sameValue(a: unknown, b: unknown, sameStored: SameStored): boolean {
  return compare(a, b) ?? sameStored(a, b);
}

/** `undefined` where it cannot tell, because both hold something of a class. */
function compare(a: unknown, b: unknown): boolean | undefined {
  if (!isObject(a) || !isObject(b)) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (!Array.isArray(a) && !(isPlain(a) && isPlain(b))) return undefined;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  let result: boolean | undefined = true;
  for (const key of keys) {
    const same = Object.hasOwn(b, key) && compare(Reflect.get(a, key), Reflect.get(b, key));
    if (same === false) return false;
    result = same && result;
  }
  return result;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
