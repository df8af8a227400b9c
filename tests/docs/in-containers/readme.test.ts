import { testDocument } from '../runner/run-document.ts';

testDocument('README.md');
