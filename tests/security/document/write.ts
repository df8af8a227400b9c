// `npm run security`: makes docs/security.md anew from the declared requirements and the tests that prove them.

import { save } from '../../../services/lab/src/report/save.ts';
import { securityDocument, securityFile } from './document.ts';

await save(securityFile, await securityDocument());
console.log(`Written: ${securityFile}`);
