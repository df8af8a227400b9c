// Keeps what infra/secrets/make has made up as Secrets of Kubernetes: all of it in one, `made-up`, and out of that one for each
// part, which only that part mounts. Whichever of them is there already stays as it is. The one with all of them comes first:
// if this is interrupted and runs again, the parts' secrets still fit each other.

const { readdirSync, readFileSync } = require('node:fs');

const account = '/var/run/secrets/kubernetes.io/serviceaccount';
const url = `https://kubernetes.default.svc/api/v1/namespaces/${process.env.NAMESPACE}/secrets`;

async function ask(method, path, body) {
  return fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${readFileSync(`${account}/token`, 'utf8')}`,
      'content-type': 'application/json',
    },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
}

/** @param data by key, in base64 */
async function keep(name, data) {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data };
  const answer = await ask('POST', '', secret);
  if (answer.status !== 201 && answer.status !== 409)
    throw new Error(`${name}: ${answer.status} ${await answer.text()}`);
  console.log(answer.status === 201 ? `${name}: made` : `${name}: is there already`);
}

async function main() {
  const made = {};
  for (const part of readdirSync('/secrets')) {
    for (const file of readdirSync(`/secrets/${part}`)) {
      made[`${part}.${file}`] = readFileSync(`/secrets/${part}/${file}`).toString('base64');
    }
  }
  await keep('made-up', made);
  const answer = await ask('GET', '/made-up');
  if (!answer.ok) throw new Error(`made-up: ${answer.status} ${await answer.text()}`);
  const { data } = await answer.json();
  const parts = Object.groupBy(Object.entries(data), ([key]) => key.split('.', 1)[0]);
  for (const [part, entries] of Object.entries(parts)) {
    const files = entries.map(([key, value]) => [key.slice(part.length + 1), value]);
    await keep(`${part}-secrets`, Object.fromEntries(files));
  }
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
