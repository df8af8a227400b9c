// Bodies are JSON, small, and parsed before anything looks at them.

import type { RequestHandler } from 'express';
import express from 'express';
import type { ZodType } from 'zod';
import { ClientError } from './errors.ts';

const json = express.json({
  limit: '16kb',
  // A compressed body would be unpacked before its size is known. 415 instead.
  inflate: false,
});

/**
 * Parses JSON and refuses every other type with 415. That is a defence as well: of the types that a form of another site
 * can send without the browser asking first, JSON is none.
 */
export const parseJsonBody: RequestHandler = (req, res, next) => {
  // Not req.is() alone: it takes "Content-Length: 0", which fetch sends with an empty POST, for a body.
  const hasBody =
    req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
  if (hasBody && !req.is('application/json'))
    throw new ClientError(415, 'Send the body as application/json.');
  json(req, res, next);
};

/** The input in its checked form. @throws {ClientError} 400 that names each wrong field and what was expected of it */
export function parseBody<T>(schema: ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = new Map<string, string>();
  for (const { path, message } of parsed.error.issues) {
    const field = path.length > 0 ? path.join('.') : 'body';
    if (!problems.has(field)) problems.set(field, message);
  }
  const fields = [...problems].map(([field, message]) => ({ field, message }));
  throw new ClientError(400, fields.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    fields,
  });
}
