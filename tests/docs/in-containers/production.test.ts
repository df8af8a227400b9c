import { testDocument } from '../runner/run-document.ts';

testDocument('docs/production.md');
