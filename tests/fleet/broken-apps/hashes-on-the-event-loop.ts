// An app whose logins stop all other requests.
process.env.HASH_THREADS = '0';
await import('../../../services/app/src/main.ts');
