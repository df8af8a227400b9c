// A client that goes away before it has its answer, as nginx tells by closing the connection (proxy_ignore_client_abort
// is off, its default).

import type { Response } from 'express';
import { ClientError } from './errors.ts';

/** Nobody waits for the answer any more. 499 is the status that nginx logs then; no client ever sees it. */
export class ClientGone extends ClientError {
  constructor() {
    super(499, 'The client has gone.');
  }
}

/** Aborts, with a {@link ClientGone}, when the client goes before the response is complete. */
export function clientGone(res: Response): AbortSignal {
  const controller = new AbortController();
  const onClose = () => {
    if (!res.writableFinished) controller.abort(new ClientGone());
  };
  if (res.closed) onClose();
  else res.once('close', onClose);
  return controller.signal;
}
