// The log for people who watch a terminal (LOG_FORMAT=short): one short line for each request, and the rest in words. The
// log of production is JSON (log.ts), and has more: who asked, which session, the request's id.

import type { DestinationStream } from 'pino';

type Line = Readonly<Record<string, unknown>>;

/**
 * Takes the lines of JSON and writes short ones. The security events of a request are added to its line; others are a line of
 * their own.
 */
export function shortLog(write: (text: string) => void): DestinationStream {
  const events = new Map<string, string[]>();
  const textOf = (line: Line): string | undefined => {
    const { requestId, event, insecure, status, msg, path } = line;
    // What is missing is said in the line "not ready".
    if (path === '/readyz') return undefined;
    if (typeof event === 'string') {
      if (typeof requestId !== 'string') return event;
      hold(events, requestId, event);
      return undefined;
    }
    if (typeof status === 'number' && typeof requestId === 'string') {
      const notes = events.get(requestId) ?? [];
      events.delete(requestId);
      return [requestText(line), ...notes].join('  ');
    }
    if (msg === 'listening') return listeningText(line);
    // The line "listening" says it as well.
    return insecure === undefined ? otherText(line) : undefined;
  };
  return {
    write: (json) => {
      const text = textOf(JSON.parse(json));
      // What a client sent must not reach a terminal as anything but letters.
      if (text !== undefined) write(`${text.replaceAll(/[^\x20-\x7e]/g, '?')}\n`);
    },
  };
}

/** Requests whose end never comes must not fill the memory. */
const mostHeld = 1000;

function hold(events: Map<string, string[]>, requestId: string, event: string): void {
  const [oldest] = events.keys();
  if (events.size >= mostHeld && oldest !== undefined) events.delete(oldest);
  events.set(requestId, [...(events.get(requestId) ?? []), event]);
}

function requestText({ method, path, status, instance, ms, err, reason }: Line): string {
  const why = err === undefined && reason === undefined ? '' : `  ${reasonOf(err) ?? reason}`;
  return `${method} ${path} ${status} ${instance} ${Math.round(Number(ms))} ms${why}`;
}

function listeningText({ port, strategy, insecure }: Line): string {
  const allowed = Array.isArray(insecure)
    ? ` (not for real users: ALLOW_INSECURE=${insecure.join(',')})`
    : '';
  return `listening on port ${port}, SESSION_STRATEGY=${strategy}${allowed}`;
}

/** pino's numbers of levels. */
const [warning, error] = [40, 50];

function otherText({ level, msg, err, reason, problem }: Line): string {
  const severity = Number(level) >= error ? 'error: ' : Number(level) >= warning ? 'warning: ' : '';
  const why = reasonOf(err) ?? reason ?? problem;
  return `${severity}${msg}${why === undefined ? '' : `: ${why}`}`;
}

function reasonOf(err: unknown): string | undefined {
  if (typeof err !== 'object' || err === null || !('message' in err)) return undefined;
  return String(err.message || ('code' in err ? err.code : ''));
}
