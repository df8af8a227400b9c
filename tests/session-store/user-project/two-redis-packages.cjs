// The client is of another copy, and another version, of node-redis than the one that the store imports.
const express = require('express');
const session = require('express-session');
const { MergingRedisStore } = require('merging-redis-store');
const { createClient } = require('other-redis');
const start = require('./app.cjs');

start({ express, session, createClient, MergingRedisStore });
