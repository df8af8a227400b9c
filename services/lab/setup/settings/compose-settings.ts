// The settings of the deployment in containers: the variables that docker-compose*.yml read, and what docker-compose.yml
// itself sets on the instances.

import { isMap, isScalar, parseDocument } from 'yaml';
import { filesOf } from './files.ts';
import { describeEach, type Found } from './found-settings.ts';

const meanings: Readonly<Record<string, string>> = {
  NODE_IMAGE: 'What the image of the app and of the migrations is built on.',
  NGINX_IMAGE: 'The image of the proxy.',
  REDIS_IMAGE: 'The image of Redis.',
  POSTGRES_IMAGE: 'The image of Postgres, and of the service that makes up the secrets.',
  PROMETHEUS_IMAGE: 'The image of Prometheus (`--profile observability`).',
  K6_IMAGE: 'The image of k6 (`docker compose run --rm k6 …`).',
  ALLOWED_HOSTS:
    'The setting of the instances. With `PROXY_ADDRESS` it has to name the hosts by which browsers know this deployment.',
  LOG_LEVEL: 'The setting of the instances.',
  LOG_FORMAT:
    'The setting of the instances, here `short` for whoever watches `docker compose up`. In production: `json`.',
  STORE_DEADLINE_MS: 'The setting of the instances.',
  THROTTLE_LOGINS_PER_ACCOUNT_AND_ADDRESS: 'The setting of the instances.',
  THROTTLE_LOGINS_PER_ADDRESS: 'The setting of the instances.',
  THROTTLE_LOGINS_PER_ACCOUNT: 'The setting of the instances.',
  THROTTLE_SIGNUPS_PER_ADDRESS: 'The setting of the instances.',
  THROTTLE_GUESTS_PER_ADDRESS: 'The setting of the instances.',
  PROXY_ADDRESS:
    'The address of this machine on which the proxy is published; `0.0.0.0` for everybody who can reach it.',
  MONITORING_ADDRESS:
    'The address of this machine on which Prometheus and Grafana are published. Neither asks for a login.',
  PROXY_PORT: 'The port of this machine at which the proxy answers.',
  CLIENT_REQUESTS_PER_SECOND:
    'How many requests a second one client may send, an IPv4 address or an IPv6 /64. More are answered with 429.',
  CLIENT_REQUESTS_BURST: 'How many more one client may send at once.',
  CLIENT_CONNECTIONS:
    'How many requests of one client are served at the same moment, up to 65535. More are answered with 429.',
  TLS_PORT: 'The port of this machine for HTTPS (`docker-compose.tls.yml`).',
  PROMETHEUS_PORT: 'The port of this machine for Prometheus.',
  GRAFANA_PORT: 'The port of this machine for Grafana.',
};

/** The variables, each with its default from `${NAME:-default}` or .env. @throws when one has no meaning or two defaults */
export async function composeSettings() {
  const images = new Map<string, string>();
  for (const { text } of await filesOf('.env')) {
    for (const [, name = '', value = ''] of text.matchAll(/^(\w+)=(.*)$/gm)) images.set(name, value);
  }
  const found: Found[] = [];
  for (const { path, text } of await filesOf('docker-compose*.yml')) {
    const code = text.replaceAll(/(^|\s)#.*$/gm, '');
    for (const match of code.matchAll(/(?<!\$)\$(?:\{([A-Z0-9_]+)(?::-([^}]*))?\}|([A-Z0-9_]+))/g)) {
      const [, braced, fallback, bare] = match;
      const name = braced ?? bare ?? '';
      const value = fallback ?? images.get(name);
      if (value === undefined)
        throw new Error(`${path} reads ${name}, which has no default there or in .env`);
      found.push({ name, path, default: value });
    }
  }
  return describeEach(found, meanings, 'services/lab/setup/settings/compose-settings.ts');
}

/** What docker-compose.yml sets otherwise than the app's own defaults. The reason is the comment above each. */
export async function setByCompose(): Promise<{ name: string; value: string; reason: string }[]> {
  const [file] = await filesOf('docker-compose.yml');
  const environment = parseDocument(file?.text ?? '').getIn(['services', 'app', 'environment']);
  if (!isMap(environment)) throw new Error('docker-compose.yml: services.app.environment should be a map');
  return environment.items.flatMap(({ key, value }) => {
    if (!isScalar(key) || !isScalar(value))
      throw new Error(`docker-compose.yml: ${key} should be plain text`);
    const [name, text] = [String(key.value), String(value.value)];
    if (name.endsWith('_FILE') || text.startsWith('${')) return [];
    if (!key.commentBefore) throw new Error(`docker-compose.yml: ${name} has no comment that says why`);
    return { name, value: text, reason: key.commentBefore.replaceAll(/\s*\n\s*/g, ' ').trim() };
  });
}
