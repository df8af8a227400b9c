import { testDocument } from '../runner/run-document.ts';

testDocument('docs/load-testing.md');
