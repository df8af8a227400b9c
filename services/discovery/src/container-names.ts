import { Resolver } from 'node:dns/promises';
import { hostname } from 'node:os';
import { isNativeError } from 'node:util/types';

/** Docker's name server, which knows a container from the moment in which it starts until it has ended. */
const dockerServer = '127.0.0.11';

export interface NamesOptions {
  readonly server?: string;
  /** A name that always exists. Default: this container's own. */
  readonly control?: string;
  readonly deadlineMs: number;
}

/** Answers, and no failures to answer: measured on a busy machine, Docker is sometimes too late (ETIMEOUT). */
const unknownName = new Set<unknown>(['ENOTFOUND', 'ENODATA', 'ESERVFAIL']);

/**
 * Asks Docker which addresses a name has. Resolves with none when there is no such container, and with undefined when
 * Docker gave no usable answer. On an internal network Docker answers SERVFAIL for a name that it does not know, as a name
 * server in trouble would. So a second question is asked then, for a name that exists.
 */
export function containerNames({
  server = dockerServer,
  control = hostname(),
  deadlineMs,
}: NamesOptions): (name: string) => Promise<readonly string[] | undefined> {
  const resolver = new Resolver({ timeout: deadlineMs, tries: 1 });
  resolver.setServers([server]);
  return async (name) => {
    try {
      return await resolver.resolve4(name);
    } catch (error) {
      if (!(isNativeError(error) && 'code' in error && unknownName.has(error.code))) return undefined;
      return await resolver.resolve4(control).then(
        () => [],
        () => undefined,
      );
    }
  };
}
