import type { Express, Response } from 'express';

/**
 * Replaces Express' `res.json` by one that sends the same, without what no response of this app needs: an ETag, 304, JSONP,
 * other types and character sets. Measured: a third of the processor time of Express' part in a small response.
 */
export function answerInJson(app: Express): void {
  app.response.json = function json(this: Response, body: unknown): Response {
    const text = JSON.stringify(body);
    this.setHeader('Content-Type', 'application/json; charset=utf-8');
    this.setHeader('Content-Length', Buffer.byteLength(text));
    // To a HEAD Node sends no body.
    return this.end(text);
  };
}
