// An app that is told to keep its sessions in memory, and shares them: the problem would not show.
process.env.SESSION_STRATEGY = 'redis';
await import('../../../services/app/src/main.ts');
