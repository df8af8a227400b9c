// What an instance is and where it listens, and whom it believes.

import express from 'express';
import { z } from 'zod';
import { permissions } from './insecure-settings.ts';
import { wholeNumber } from './kinds.ts';

export const instanceSettings = {
  /** `production` or `development`. Decides the default of COOKIE_SECURE, and whether insecure settings are refused. */
  NODE_ENV: z.enum(['production', 'development'], 'production or development').default('production'),
  /**
   * For demonstrations: the insecure settings that are not refused in production, separated by commas. `cookie`:
   * COOKIE_SECURE=false. `rounds`: BCRYPT_ROUNDS below 10. `threads`: HASH_THREADS=0. Each start logs a warning with those
   * that are in use.
   */
  ALLOW_INSECURE: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(z.enum(permissions, `some of ${permissions.join(', ')}, separated by commas`)))
    .default([]),
  /** The instance's name, sent as X-Served-By. Nothing else tells instances apart. Default: see INSTANCE_NAME_FROM. */
  INSTANCE_NAME: z
    .string()
    .regex(/^[\w.-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 _ . -')
    .optional(),
  /**
   * Where the name comes from if INSTANCE_NAME is not set. `host`: the host's name; in Kubernetes that of the pod.
   * `compose`: the one that `docker compose ps` shows, without the project, such as `app-3`; asked of Docker's name server at
   * each start, and the host's name where it knows none.
   */
  INSTANCE_NAME_FROM: z.enum(['host', 'compose'], 'host or compose').default('host'),
  /** The address to listen on. */
  HOST: z.string().default('0.0.0.0'),
  /** The port to listen on. 0 takes a free one, which the log line "listening" names. */
  PORT: wholeNumber(0, 65_535).default(3000),
  /**
   * The addresses or subnets of the proxy, separated by commas (also `loopback`, `linklocal`, `uniquelocal`). Only from
   * there are headers believed that say who the client is and that it used HTTPS (X-Forwarded-For, X-Forwarded-Proto).
   */
  TRUST_PROXY: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine(isProxyList, 'addresses or subnets separated by commas, or loopback, linklocal, uniquelocal')
    .default(['loopback']),
  /**
   * The hosts that are served, separated by commas, as browsers name them: `shop.example` for any port, or
   * `shop.example:8443`. A request for another host is answered with 421. Default: every host, with a warning in the log.
   */
  ALLOWED_HOSTS: z
    .string()
    .transform((text) => text.split(',').map((host) => host.trim().toLowerCase()))
    .refine((hosts) => hosts.every(isHost), 'host names separated by commas, each with or without a port')
    .optional(),
};

function isHost(text: string): boolean {
  return /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/.test(text);
}

/** Asks Express itself, so that everything that is accepted here is accepted there. */
function isProxyList(list: string[]): boolean {
  try {
    express().set('trust proxy', list);
    return true;
  } catch {
    return false;
  }
}
