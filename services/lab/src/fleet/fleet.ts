// The laboratory's central interface: what can be done with a deployment, whatever it runs on. Three folders implement it,
// `processes/` (plain processes), `compose/` (containers) and `kubernetes/` (a cluster); start-fleet.ts starts any of them.
// tests/support/fleet-contract.ts tests that all do what is said here.

import { LaboratoryError } from '../supervision/errors.ts';

/** Where sessions live and how requests are routed. See README.md, "The strategies". */
export const strategies = ['memory', 'sticky', 'connect-redis', 'redis'] as const;
export type Strategy = (typeof strategies)[number];

/** What a fleet runs on. The first is the default. */
export const fleetKinds = ['processes', 'compose', 'kubernetes'] as const;
export type FleetKind = (typeof fleetKinds)[number];

export const clientLimits = ['laboratory', 'production'] as const;
export type ClientLimits = (typeof clientLimits)[number];

export interface FleetOptions {
  readonly strategy: Strategy;
  /** Instances to start with, 0 to 32. */
  readonly instances: number;
  /** The proxy's port on loopback, 1 to 65535. Default: one that is free. */
  readonly port?: number;
  /** Settings of the app that differ from the fleet's own, by the names in services/app/src/settings. */
  readonly appSettings?: Readonly<Record<string, string>>;
  /**
   * How much the proxy lets one client ask for (infra/nginx/client-limits.conf): as in production, by the defaults of
   * docker-compose.yml, or without a bound that matters. Default: `laboratory`, see laboratory-settings.ts.
   */
  readonly clientLimits?: ClientLimits;
  /** On a cluster: kubectl's context. Default: the current one, if it is on this machine. */
  readonly context?: string;
  /** V8's old-space limit for each instance, in MiB. Default: V8's own. */
  readonly heapMiB?: number;
  /** The program that an instance runs, for tests of the laboratory itself. Default: services/app/src/main.ts. */
  readonly appEntry?: string;
  /** Called with each command that changes the machine (installing what is missing), before it is run. Default: stderr. */
  readonly onAnnouncement?: (text: string) => void;
  /** Ends the start before it is complete. What was started by then is ended; the start rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called when nginx, Redis or Postgres ends and nobody asked for it. Not for instances, which experiments kill. */
  readonly onDependencyExited?: (error: DependencyExited) => void;
}

/** One running copy of the app. All are identical but for the name, which they send as `X-Served-By`. */
export interface Instance {
  readonly name: string;
}

export interface InstanceMemory {
  /** Resident set of the process, in bytes. */
  readonly rssBytes: number;
  /** Live objects in the JavaScript heap, in bytes, measured after a full garbage collection. */
  readonly heapUsedBytes: number;
}

/** Redis or Postgres. What it stored survives stop, kill and start: both write to disk. */
export interface BackingService {
  /** Ends it in the orderly way and waits until it has ended. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again and waits until it answers. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  pause(): Promise<void>;
  /** SIGCONT. */
  resume(): Promise<void>;
}

export interface Redis extends BackingService {
  /** `used_memory` of INFO, in bytes. */
  usedBytes(): Promise<number>;
}

/** One look of an autoscaler at a fleet, and what it decided. */
export interface AutoscalerStep {
  /** In seconds since it began to follow the load. */
  readonly atSeconds: number;
  /** How many instances there were. */
  readonly instances: number;
  /** On an average instance, in the unit of its target. */
  readonly metric: number;
  /** How many instances there should be. */
  readonly desired: number;
}

/** An autoscaler at work. Disposing it ends it; how many instances there are stays as it is then. */
export interface Following extends AsyncDisposable {
  /** Its steps so far, oldest first. */
  readonly steps: readonly AutoscalerStep[];
  /** Why it has ended by itself, if it has. */
  readonly failure: Error | undefined;
  /** Ends it. @throws what it ended by */
  stop(): Promise<readonly AutoscalerStep[]>;
}

/** An autoscaler that the platform brings along. It knows nothing of requests, only what its instances use of the processor. */
export interface PlatformAutoscaler {
  /** What it is called there. */
  readonly name: string;
  /** What one instance has used of the processor since its start, in seconds. */
  processorSecondsOf(name: string): Promise<number>;
  /**
   * Has it keep between one instance and `max`, so many that an average one uses `targetMilliCores` of the processor. Resolves
   * when it has seen the fleet for the first time. Until it is stopped, nobody else changes the number of instances.
   */
  follow(options: {
    readonly max: number;
    /** In thousandths of a core, 1 or more. */
    readonly targetMilliCores: number;
    /** Called when it has decided, for the first time, that there are too many, before an instance has ended. */
    readonly onFirstScaleIn: () => void;
  }): Promise<Following>;
}

/**
 * A running deployment: instances, proxy, Redis and Postgres. Held with `await using`; disposing it ends everything
 * that it started, whatever state that is in. Every wait has a deadline; what misses it throws {@link FleetError}.
 */
export interface Fleet extends AsyncDisposable {
  readonly strategy: Strategy;
  /** The proxy's address, the only one that a client knows. Ends without a slash: `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** The versions of the real programs in use, such as `{ nginx: '1.22.1', redis: '7.0.15', … }`. */
  readonly versions: Readonly<Record<string, string>>;
  /** The instances that are running and that the proxy knows, oldest first. */
  instances(): Promise<readonly Instance[]>;
  /**
   * Adds instances or drains the youngest, with no request lost. Resolves when each instance is ready and the proxy
   * shares requests among exactly these. Names are never used twice in a fleet's life.
   */
  scaleTo(count: number): Promise<void>;
  /** Replaces each instance by a new one, one after the other: the new one is ready before the old one drains. */
  replaceAll(): Promise<void>;
  /** SIGTERM: the instance drains and ends. Resolves with its exit code when it has ended and the proxy uses it no more. */
  drain(name: string): Promise<number>;
  /** SIGKILL. The proxy is not told. Resolves when the process has ended. */
  kill(name: string): Promise<void>;
  /** SIGSTOP: the instance keeps its connections and answers nothing. */
  pause(name: string): Promise<void>;
  /** SIGCONT. */
  resume(name: string): Promise<void>;
  memoryOf(name: string): Promise<InstanceMemory>;
  /** The last lines that an instance wrote to its log, oldest first; also of one that has ended. */
  logOf(name: string): Promise<readonly string[]>;
  /** The last lines that the proxy wrote to its error log, oldest first. */
  proxyLog(): Promise<readonly string[]>;
  readonly redis: Redis;
  readonly postgres: BackingService;
  /** Where the platform has none, the laboratory's own follows the load: autoscaler/autoscaler.ts. */
  readonly autoscaler?: PlatformAutoscaler;
}

/** More would need a larger zone in nginx, and more connections of Postgres. */
const maxInstances = 32;

/** @throws {FleetError} when a fleet cannot have so many instances */
export function demandInstanceCount(count: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= maxInstances) return;
  throw new FleetError(`A fleet has 0 to ${maxInstances} instances, not ${count}`);
}

/** A fleet did not do what it was asked for. The message names the component and what was expected of it. */
export class FleetError extends LaboratoryError {
  override readonly name: string = 'FleetError';
}

/** nginx, Redis or Postgres ended and nobody had asked for it. The message carries the last lines of its log. */
export class DependencyExited extends FleetError {
  override readonly name = 'DependencyExited';
}
