// Request bodies: JSON only, of limited size, and validated before they are used.

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
 * Parses JSON and refuses every other type with 415. That is also a defence against CSRF: a form of another site cannot
 * send JSON, and a script there can only after the browser has asked this app (the CORS preflight).
 */
export const parseJsonBody: RequestHandler = (req, res, next) => {
  const { 'transfer-encoding': coding, 'content-length': length } = req.headers;
  // Most requests have none. Not req.is() alone: for it, "Content-Length: 0", which fetch sends with an empty POST, is a body.
  if (coding === undefined && !(Number(length ?? 0) > 0)) return next();
  if (!req.is('application/json')) throw new ClientError(415, 'Send the body as application/json.');
  json(req, res, next);
};

/** Validates the input. @throws {ClientError} 400 that names each wrong field and what was expected of it */
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
