import type { Declarations, OtherTest } from './declaration.ts';

const onContainers = (test: string): OtherTest => ({ file: 'tests/containers/deployment.test.ts', test });

export const v13: Declarations = {
  'V13.1.1': {
    asks: 'The documentation says who talks to whom.',
    how: 'The part "Who talks to whom" of this document names every service of docker-compose.yml.',
  },
  'V13.1.2': {
    asks: 'The documentation has the most connections for each service, and what happens at the limit.',
    notMet: 'docs/settings.md has the pools; what happens at the limit is not said for each.',
  },
  'V13.1.3': {
    asks: 'The documentation has deadlines, retries and their limits for each service.',
    notMet:
      'docs/settings.md has the deadlines, and comments in infra/nginx the retries: no one document has all.',
  },
  'V13.1.4': {
    asks: 'Secrets are documented, with a schedule for their rotation.',
    notMet:
      'docs/production.md has the secrets and the commands that rotate them. The schedule is for you to set.',
  },
  'V13.2.1': {
    asks: 'Services authenticate to each other without passwords that never change.',
    notMet: 'Redis and Postgres ask for passwords. They can be rotated, but do not expire on their own.',
  },
  'V13.2.2': {
    asks: 'Services talk to each other with the least rights.',
    how: "The app's user of Redis and its role in Postgres may do what the app does, and nothing else.",
    provenBy: [
      onContainers('the app’s role in Postgres writes rows and cannot change the schema'),
      {
        file: 'tests/app/accounts/least-rights.test.ts',
        test: 'of a table to come it may nothing, until a migration grants it',
      },
      {
        file: 'tests/app/prepare-redis.test.ts',
        test: 'the app says what is missing, serves when it is loaded, and still does after Redis’ restart',
      },
    ],
  },
  'V13.2.3': {
    asks: 'No default credentials between services.',
    how: 'All are random, made at the first start; without one, a service does not start.',
    provenBy: [
      { file: 'tests/app/config.test.ts', test: 'needs the secrets and the addresses, and nothing else' },
      { file: 'tests/app/config.test.ts', test: 'refuses a secret that is %s, whatever else is allowed' },
    ],
  },
  'V13.2.4': {
    asks: 'The app reaches only what it needs.',
    how: 'Its networks have no way out.',
    provenBy: [
      onContainers('an instance has no way out of the deployment: there is no route to any address outside'),
    ],
  },
  'V13.2.5': {
    asks: 'The web server reaches only what it needs.',
    notMet: 'nginx is on the network that publishes its port, which has a way out.',
  },
  'V13.2.6': { asks: 'Connections are configured as documented.', notMet: 'As V13.1.2.' },
  'V13.3.1': {
    asks: 'Secrets are in a vault.',
    notMet:
      'They are files. docs/production.md says how to hand in those of a vault; for level 3 it has to be hardware.',
  },
  'V13.3.2': {
    asks: 'Who needs no secret cannot read it.',
    notMet: 'Each container gets only volumes with its own secrets, but no test looks into each.',
  },
  'V13.3.3': { asks: 'Keys are used in a hardware module only.', notMet: 'HMAC and bcrypt run in the app.' },
  'V13.3.4': {
    asks: 'Secrets expire.',
    notMet: 'They are replaced by a command, and do not expire on their own.',
  },
  'V13.4.1': { asks: 'No files of version control.', how: 'Not in the image, and not at any address.' },
  'V13.4.2': {
    asks: 'No debug modes.',
    how: 'NODE_ENV=production: no stacks in answers, no debugging routes.',
  },
  'V13.4.3': { asks: 'No listings of folders.', how: 'No address answers with files.' },
  'V13.4.4': { asks: 'No TRACE.', how: '405.' },
  'V13.4.5': {
    asks: 'Monitoring is not published.',
    how: 'Metrics, health checks and the status of nginx cannot be had through the proxy, in any spelling.',
  },
  'V13.4.6': { asks: 'No versions of components.', how: '`Server: nginx`, no X-Powered-By.' },
  'V13.4.7': {
    asks: 'The web server serves only known types of files.',
    doesNotApply: 'It serves no files.',
  },
};
