import type { Request } from 'express';

/**
 * What the client says about itself (User-Agent), for a user who looks for a session that is not theirs: printable ASCII,
 * at most 100 characters. It is stored with the session, and shown, so nothing else of it gets that far.
 */
export function clientText(req: Request): string {
  const text = req.get('User-Agent') ?? '';
  return text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .slice(0, 100)
    .trim();
}
