const express = require('express');
const session = require('express-session');
const { MergingRedisStore } = require('merging-redis-store');
const { createClient } = require('redis');
const start = require('./app.cjs');

start({ express, session, createClient, MergingRedisStore });
