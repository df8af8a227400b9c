// `npm run settings`: makes docs/settings.md anew from the sources that read the settings.

import { save } from '../src/report/save.ts';
import { settingsDocument, settingsFile } from './settings/document.ts';

await save(settingsFile, await settingsDocument());
console.log(`Written: ${settingsFile}`);
