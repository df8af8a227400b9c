// The commands that the store sends, as the standalone, Sentinel and Cluster clients of node-redis all have them. Replies
// are `unknown`: their types depend on the client's options, and they are checked where they are used.

export interface SessionCommands {
  get(key: string): Promise<unknown>;
  /** Milliseconds that a key has left to live; -1 for a key that does not expire, -2 for none. */
  pTTL(key: string): Promise<unknown>;
  set(key: string, value: string, options: { expiration: { type: 'PX'; value: number } }): Promise<unknown>;
  pExpire(key: string, ms: number): Promise<unknown>;
  del(key: string): Promise<unknown>;
  exists(key: string): Promise<unknown>;
  hGet(key: string, field: string): Promise<unknown>;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  evalSha(sha1: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  fCall(name: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** Commands that go to one server, whatever keys they name. */
export interface ServerCommands extends SessionCommands {
  ping(): Promise<unknown>;
  functionLoad(text: string): Promise<unknown>;
  scan(cursor: string, options: { MATCH: string; COUNT: number }): Promise<unknown>;
  /** How many replicas have confirmed what this connection has written, at the latest after so many milliseconds. */
  wait(replicas: number, timeoutMs: number): Promise<unknown>;
}

/** What the store needs of a client that node-redis' `createClient`, `createSentinel` or `createCluster` made. */
export interface SessionRedis {
  withCommandOptions(options: CommandOptions): SessionCommands;
  /** The nodes of a cluster by hash slot, as its client knows them. */
  readonly slots?: ArrayLike<{ readonly master: ClusterNode } | undefined> | undefined;
  readonly masters?: readonly ClusterNode[] | undefined;
  /** The connection to one node of a cluster. */
  nodeClient?(node: ClusterNode): unknown;
}

/** A primary of a cluster. */
export interface ClusterNode {
  readonly address: string;
}

export interface CommandOptions {
  /** Removes a command that is not yet sent from the queue, and keeps one from being sent again after a failover. */
  readonly abortSignal?: AbortSignal;
  /** node-redis' own, 5 s by default and only for commands that are not yet sent: off, because the store has its own. */
  readonly timeout: 0;
  /** Strings as strings, whatever the client's default is. */
  readonly typeMapping: Record<never, never>;
}

/** A client and the node to which its next commands go; `''` where Redis is not a cluster. */
export interface Target<Commands> {
  readonly client: { withCommandOptions(options: CommandOptions): Commands };
  readonly node: string;
}
