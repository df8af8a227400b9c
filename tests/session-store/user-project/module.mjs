import { createRequire } from 'node:module';
import express from 'express';
import session from 'express-session';
import { MergingRedisStore, SessionGone } from 'merging-redis-store';
import { createClient } from 'redis';
import start from './app.cjs';

// One set of classes, whichever way they are loaded.
if (createRequire(import.meta.url)('merging-redis-store').SessionGone !== SessionGone)
  throw new Error('import and require give two classes SessionGone');

start({ express, session, createClient, MergingRedisStore });
