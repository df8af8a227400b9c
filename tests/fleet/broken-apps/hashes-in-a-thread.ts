// An app that is told to hash on the event loop, and does not: the problem would not show.
process.env.HASH_THREADS = '1';
await import('../../../services/app/src/main.ts');
