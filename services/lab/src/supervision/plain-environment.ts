/**
 * What a process is told of the environment that the laboratory was started in. Not all of it: a NODE_OPTIONS or a
 * PGDATA that somebody has set would make their fleet a different one.
 */
export function plainEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG'];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
