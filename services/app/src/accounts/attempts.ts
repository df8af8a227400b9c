// For whom a request checks or hashes a password: what its limits and its place in the queue of hashes go by.

import type { Request, Response } from 'express';
import { clientGone } from '../http/client-gone.ts';
import { clientOf } from '../throttling/client-address.ts';
import type { Attempt } from '../throttling/throttles.ts';
import type { HashFor } from './hash-queue.ts';

export const attemptOf = (req: Request): Attempt => ({ client: clientOf(req), log: req.log });

export const hashFor = (req: Request, res: Response): HashFor => ({
  client: clientOf(req),
  signal: clientGone(res),
});
