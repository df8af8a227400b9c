// The process: its configuration, its signals and its exit codes.
//   0  stopped by SIGTERM or SIGINT        78  wrong configuration (EX_CONFIG of sysexits.h), also when Redis or
//                                              Postgres say so
//   1  an unhandled failure                128 + n  ended at once by a second signal of number n

import { constants } from 'node:os';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import type { Instance } from './instance.ts';

// Before anything else is loaded, which takes some hundred milliseconds: process 1 of a container ignores a signal that
// has no handler yet, and would start after it was told to stop.
const stopped = firstSignal();
const stop = new AbortController();
stopped.then((signal) => stop.abort(signal));

const { ConfigError, readConfig } = await import('./config.ts');
const { startInstance } = await import('./instance.ts');
const { logStream, openLog } = await import('./operations/log.ts');
const { nameInCompose } = await import('./operations/name-in-compose.ts');

const config = await named(configOrExit());
const log = openLog(config.logLevel, config.instanceName, logStream(config.logFormat));
exitOnUnhandled(log);
if (config.insecure.length > 0) {
  log.warn(
    { insecure: config.insecure },
    'insecure settings are allowed (ALLOW_INSECURE): not for real users',
  );
}

const instance = await startOrExit(log);
if (config.allowedHosts === undefined) log.warn('any host is served: ALLOWED_HOSTS is not set');
const { insecure } = config;
log.info(
  { port: instance.port, strategy: config.session.strategy, ...(insecure.length > 0 && { insecure }) },
  'listening',
);

const end = await Promise.race([stopped, instance.refused]);
if (end instanceof ConfigError) tellProblems(end);
log.info(end instanceof ConfigError ? {} : { signal: end }, 'draining');
await instance.drain();
log.info('drained');
process.exit(end instanceof ConfigError ? 78 : 0);

/** A signal ends the start as well: nobody is being served yet, so there is nothing to wait for. */
async function startOrExit(log: Logger): Promise<Instance> {
  try {
    return await startInstance(config, log, stop.signal);
  } catch (error) {
    if (error instanceof ConfigError) {
      tellProblems(error);
      process.exit(78);
    }
    if (!stop.signal.aborted) throw error;
    log.info({ signal: stop.signal.reason }, 'stopped before it listened');
    process.exit(0);
  }
}

async function named(config: Config): Promise<Config> {
  const instanceName = config.isNamedByCompose ? await nameInCompose() : undefined;
  return instanceName === undefined ? config : { ...config, instanceName };
}

function configOrExit() {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    tellProblems(error);
    process.exit(78);
  }
}

function tellProblems({ problems }: InstanceType<typeof ConfigError>): void {
  for (const problem of problems) process.stderr.write(`${problem}\n`);
}

/** After a failure that no code handles, the state of the process is unknown. It exits, and other instances take over. */
function exitOnUnhandled(log: Logger): void {
  // Also called for an unhandled rejection: that is Node's default.
  process.on('uncaughtException', (err, origin) => {
    log.fatal({ err, origin }, 'unhandled failure');
    process.exit(1);
  });
}

/** Resolves with the first SIGTERM or SIGINT. A second one ends the process at once. */
function firstSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = (signal: NodeJS.Signals) => {
      if (isStopping) process.exit(128 + constants.signals[signal]);
      isStopping = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}
