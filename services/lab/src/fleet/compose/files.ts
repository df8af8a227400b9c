import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';

/** The root of the repository, without a slash at its end. */
export const root = fileURLToPath(new URL('../../../../../', import.meta.url)).replace(/\/$/, '');

/** The file that users run. */
export const composeFile = `${root}/docker-compose.yml`;

/** The app's image as the laboratory builds it: one for each checkout, so that two beside each other do not mix. */
export const appImage = `express-sessions-at-scale/lab-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`;
