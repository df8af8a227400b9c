// The process: its configuration, its signals and its exit codes.
//   0  stopped by SIGTERM or SIGINT        78  wrong configuration (EX_CONFIG of sysexits.h)
//   1  an unhandled failure                128 + n  ended at once by a second signal of number n

import { constants } from 'node:os';
import type { Logger } from 'pino';
import type { Instance } from './instance.ts';

// Before anything else is loaded, which takes some hundred milliseconds: process 1 of a container ignores a signal that
// has no handler yet, and would start after it was told to stop.
const stopped = firstSignal();
const stop = new AbortController();
stopped.then((signal) => stop.abort(signal));

const { ConfigError, readConfig } = await import('./config.ts');
const { startInstance } = await import('./instance.ts');
const { openLog } = await import('./operations/log.ts');

const config = configOrExit();
const log = openLog(config.logLevel, config.instanceName);
exitOnUnhandled(log);

const instance = await startOrExit(log);
log.info({ port: instance.port, strategy: config.session.strategy }, 'listening');

const signal = await stopped;
log.info({ signal }, 'draining');
await instance.drain();
log.info('drained');
process.exit(0);

/** A signal ends the start as well: nobody is being served yet, so there is nothing to wait for. */
async function startOrExit(log: Logger): Promise<Instance> {
  try {
    return await startInstance(config, log, stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    log.info({ signal: stop.signal.reason }, 'stopped before it listened');
    process.exit(0);
  }
}

function configOrExit() {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${problem}\n`);
    process.exit(78);
  }
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
