// That infra/swarm/stack.yml is the deployment of docker-compose.yml: the same services with the same images, settings, files,
// secrets and limits. Where they differ is listed here, each with its reason; any other difference fails.

import { readdir, readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from '../../services/lab/src/fleet/compose/images.ts';

/** Differences by what they are called below, as `service: what`. */
const allowed: readonly (readonly [RegExp, string])[] = [
  [/^secrets: is there$/, 'infra/swarm/make-secrets makes them'],
  [/^discovery: is there$/, "Swarm's own name server knows only those that are healthy and not ending"],
  [/^(prometheus|grafana): is there$/, 'a swarm is watched from outside of a stack'],
  [/^k6: is there$/, 'a stack holds what goes on running'],
  [/: security_opt$/, 'Swarm ignores it: the engines have to say no-new-privileges'],
  [/: LOG_FORMAT$/, 'programs read the logs of several machines'],
  [/^app: INSTANCE_NAME(_FROM)?$/, "the task's name, which Swarm fills in"],
  [/^app: STARTUP_WAIT_MS$/, 'nothing waits for anything at the start'],
  [/^app: healthcheck$/, 'Swarm kills what is unhealthy, and an outage of Redis must end no instance'],
  [/^nginx: (INSTANCES|NGINX_ENTRYPOINT_LOCAL_RESOLVERS)$/, "the name server is Docker's, as on Kubernetes"],
  [/^nginx: ports$/, 'a port of each node, for others to reach'],
  [/^nginx: entrypoint$/, 'a config has not the right to be run'],
  [/^nginx: command$/, 'the configuration for Kubernetes, where a name stands for all instances as well'],
  [/^nginx: file site\/compose\//, 'the configuration for Kubernetes'],
  [/^nginx: file site\/kubernetes\/plain\.conf$/, "Compose's, where the configuration looks for it"],
  [
    /^nginx: file site\/(templates|kubernetes\/templates)\/upstream\.conf\.template$/,
    'where the image looks',
  ],
  [/^nginx: file site\/processes\//, 'for plain processes'],
  [/: file .*kustomization\.yaml$/, 'for Kubernetes'],
  [/^nginx: filled in$/, 'Swarm takes no owner of a tmpfs, but a volume in memory has one'],
];

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const healthcheck = z.object({ test: z.array(z.string()) }).loose();
const common = {
  image: z.string(),
  user: z.string().optional(),
  entrypoint: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  env_file: z.string().optional(),
  environment: z.record(z.string(), text).default({}),
  networks: z.array(z.string()).default([]),
  healthcheck: healthcheck.optional(),
  stop_grace_period: z.string().optional(),
  security_opt: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  read_only: z.boolean().optional(),
  init: z.boolean().optional(),
  logging: z.unknown(),
};
const composeService = z.object({
  ...common,
  image: z.string().default(''),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).default([]),
  tmpfs: z.array(z.string()).default([]),
  mem_limit: text.optional(),
  shm_size: text.optional(),
  cpus: text.optional(),
  pids_limit: text.optional(),
});
const mount = z.union([
  z.string(),
  z.object({
    ...{ type: z.string(), source: z.string().optional(), target: z.string() },
    tmpfs: z.object({ size: z.number() }).optional(),
  }),
]);
const source = z.object({ source: z.string(), target: z.string() });
const stackService = z.object({
  ...common,
  ports: z.array(z.unknown()).optional(),
  volumes: z.array(mount).default([]),
  secrets: z.array(source).default([]),
  configs: z.array(source).default([]),
  deploy: z.looseObject({
    resources: z.object({
      limits: z.object({ memory: z.string(), cpus: z.string().optional(), pids: text.optional() }),
    }),
  }),
});
const kept = z.record(
  z.string(),
  z.object({ file: z.string().optional(), name: z.string(), external: z.boolean().optional() }),
);

const compose = z
  .object({ services: z.record(z.string(), composeService) })
  .parse(parse(await readFile(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }));
const stack = z
  .object({ services: z.record(z.string(), stackService), secrets: kept, configs: kept })
  .parse(parse(await readFile(join(root, 'infra/swarm/stack.yml'), 'utf8'), { merge: true }));

type Facts = Record<string, unknown>;

/** What both files say in the same words. */
function inBoth(service: z.infer<typeof composeService> | z.infer<typeof stackService>): Facts {
  const { image, user, entrypoint, command, environment, networks, healthcheck, ...others } = service;
  const { stop_grace_period, security_opt, cap_drop, read_only, init, logging, ports } = others;
  const values = Object.entries(environment).map(([name, value]) => [name, withDefaults(value)]);
  return {
    ...{ 'is there': true, image: withDefaults(image), user, entrypoint, command, networks, ports },
    ...{ stop_grace_period, security_opt, cap_drop, read_only, init, logging },
    ...{ healthcheck: healthcheck?.test, env_file: service.env_file && 'strategy.env' },
    ...Object.fromEntries(values),
  };
}

/** `${NAME:-default}` as it is without the variable. */
const withDefaults = (value: string) => value.replaceAll(/\$\{\w+:-(.*?)\}(?=$|,|:)/g, '$1');

async function factsOfCompose(service: z.infer<typeof composeService>): Promise<Facts> {
  const mounts = service.volumes.map((volume) => volume.split(':'));
  const folders = await Promise.all(
    mounts.filter(([from = '']) => from.startsWith('./')).map(([from = '', to = '']) => filesBelow(from, to)),
  );
  const files = Object.fromEntries(folders.flat());
  const usesSecrets = mounts.some(([from = '', to]) => from.endsWith('-secrets') && to === '/secrets');
  return {
    ...inBoth(service),
    ...named('file', files),
    volumes: mounts.flatMap(([from = '', to]) => (/^\.\/|-secrets$/.test(from) ? [] : [`${from}:${to}`])),
    tmpfs: service.tmpfs.filter((path) => !path.includes(':')).sort(),
    'filled in': service.tmpfs.filter((path) => path.includes(':')),
    secrets: usesSecrets ? await secretsNamedIn(service, files) : [],
    ...{ memory: service.mem_limit?.toUpperCase(), cpus: service.cpus && Number(service.cpus) },
    ...{ pids: service.pids_limit, 'shared memory': service.shm_size },
  };
}

async function factsOfStack(service: z.infer<typeof stackService>): Promise<Facts> {
  const files = service.configs.map(({ source, target }) => [
    target,
    normalize(`infra/swarm/${stack.configs[source]?.file}`),
  ]);
  const texts = service.volumes.filter((one) => typeof one === 'string');
  const mounts = service.volumes.filter((one) => typeof one !== 'string');
  const tmpfs = mounts.filter(({ type }) => type === 'tmpfs');
  const memory = tmpfs.find(({ target }) => target === '/dev/shm')?.tmpfs?.size;
  const { limits } = service.deploy.resources;
  return {
    ...inBoth(service),
    ...named('file', Object.fromEntries(files)),
    volumes: texts,
    tmpfs: tmpfs
      .map(({ target }) => target)
      .filter((target) => target !== '/dev/shm')
      .sort(),
    'filled in': mounts.filter(({ type }) => type === 'volume').map(({ target }) => target),
    secrets: service.secrets.map(({ target }) => target).sort(),
    ...{ memory: limits.memory, cpus: limits.cpus && Number(limits.cpus), pids: limits.pids },
    'shared memory': memory && `${memory / 2 ** 20}m`,
  };
}

/** Each file, by where it is in the container. */
async function filesBelow(from: string, to: string): Promise<[string, string][]> {
  const path = normalize(from);
  const entries = await readdir(join(root, path), { withFileTypes: true, recursive: true }).catch(() => []);
  if (entries.length === 0) return [[to, path]];
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = join(entry.parentPath, entry.name).slice(root.length + 1);
      return [to + file.slice(path.length), file];
    });
}

/** The secrets that a service's settings and files name. */
async function secretsNamedIn(service: unknown, files: Readonly<Record<string, string>>): Promise<string[]> {
  const texts = await Promise.all(Object.values(files).map((file) => readFile(join(root, file), 'utf8')));
  const all = [JSON.stringify(service), ...texts].join('\n');
  return [...new Set(Array.from(all.matchAll(/(?<!infra)\/secrets\/[\w.-]+/g), ([path]) => path))].sort();
}

const named = (what: string, values: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(values).map(([path, value]) => [
      `${what} ${path.replace('/etc/nginx/site', 'site')}`,
      value,
    ]),
  );

test('the stack is the deployment of docker-compose.yml, but for what is listed', async () => {
  const differences: string[] = [];
  const services = new Set([...Object.keys(compose.services), ...Object.keys(stack.services)]);
  for (const service of services) {
    const [one, other] = [compose.services[service], stack.services[service]];
    if (!one || !other) {
      differences.push(`${service}: is there`);
      continue;
    }
    const [left, right] = [await factsOfCompose(one), await factsOfStack(other)];
    for (const what of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const [before, after] = [JSON.stringify(left[what]), JSON.stringify(right[what])];
      if (before !== after) differences.push(`${service}: ${what}`);
    }
  }
  const isAllowed = (difference: string) => allowed.some(([pattern]) => pattern.test(difference));
  expect(differences.filter((difference) => !isAllowed(difference))).toEqual([]);
  const outdated = allowed.filter(([pattern]) => !differences.some((difference) => pattern.test(difference)));
  expect(outdated).toEqual([]);
});

test("a service is given its own secrets alone, and the swarm's are named after the stack", () => {
  for (const [service, { secrets }] of Object.entries(stack.services)) {
    for (const { source, target } of secrets) {
      expect(source).toBe(`${service}.${target.replace('/secrets/', '')}`);
    }
  }
  for (const [name, secret] of Object.entries(stack.secrets)) {
    expect(secret).toEqual({ external: true, name: `$STACK.${name}` });
  }
});

test("a config's name has its folder's hash, so that a changed file is a new config, and fits into 64 characters", () => {
  for (const [name, { file = '', name: inSwarm }] of Object.entries(stack.configs)) {
    const [, folder = ''] = /^\.\.\/(\w+)\//.exec(file) ?? [];
    expect(inSwarm).toBe(`$STACK.${name}.$${folder.toUpperCase()}_FILES`);
    expect(inSwarm.length).toBeLessThan(64);
  }
});

test('no service takes a virtual address, which takes IP_VS', () => {
  const servers = Object.values(stack.services).filter(({ deploy }) => deploy.mode !== 'replicated-job');
  expect(servers.length).toBeGreaterThan(0);
  for (const { deploy } of servers) expect(deploy).toMatchObject({ endpoint_mode: 'dnsrr' });
});

test('an instance has more time to end than its drain takes', () => {
  const { stop_grace_period, environment } = stack.services.app ?? {};
  expect(Number.parseInt(stop_grace_period ?? '', 10) * 1000).toBeGreaterThan(
    Number(environment?.DRAIN_DEADLINE_MS),
  );
});
