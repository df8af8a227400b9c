// Under which name, after the prefix, a session is stored. Whoever reads Redis, a backup of it or MONITOR sees names: where
// these are hashes, no session can be used with what was seen. The id has 192 random bits, so nobody finds it by trying,
// and the hash needs no key and no salt.

import { hash, randomBytes } from 'node:crypto';

/**
 * An id for express-session's `genid`: 192 random bits, a dot, and for the session of a user a tag of that user, so that
 * the keys of the session and of its owner's list follow from the id, and lie on one node of a cluster.
 *
 * @param ownerId the user's id; absent for a guest
 */
export function newSessionId(ownerId?: string): string {
  return `${randomBytes(24).toString('base64url')}.${ownerId === undefined ? '' : ownerTag(ownerId)}`;
}

/**
 * For the store's option `nameOf`: the SHA-256 of an id that {@link newSessionId} has made. An id of letters, digits, `_`
 * and `-` alone, as express-session and most others make them, is a name as it is: so the sessions from before go on, and
 * connect-redis knows them. No id leads to the name of another one: the names of hashed ids have a colon, and an id with
 * one is hashed.
 */
export function hashedName(sessionId: string): string {
  if (/^[\w-]+$/.test(sessionId)) return sessionId;
  const tag = /\.([\w-]{22})$/.exec(sessionId)?.[1];
  return `${tag === undefined ? 'h' : `{${tag}}`}:${sha256(sessionId)}`;
}

/** The name of a user's session: that of its owner's list, and its own in that list. `undefined` for any other name. */
export function ownedName(name: string): { readonly list: string; readonly own: string } | undefined {
  const [, list, own] = /^(\{[\w-]{22}\}):([\w-]{43})$/.exec(name) ?? [];
  return list === undefined || own === undefined ? undefined : { list, own };
}

/** The name of a user's list. In braces, by which Cluster chooses the node of a key. */
export function listName(ownerId: string): string {
  return `{${ownerTag(ownerId)}}`;
}

export const isListName = (name: string): boolean => /^\{[\w-]{22}\}$/.test(name);

/** In the user's own cookie, so not the user's id. 132 bits: no two users share one. */
function ownerTag(ownerId: string): string {
  return sha256(ownerId).slice(0, 22);
}

function sha256(text: string): string {
  // In one step: twice as fast as createHash, and no object for the garbage collector.
  return hash('sha256', text, 'base64url');
}
