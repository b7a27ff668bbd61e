#!/usr/bin/env node
// Committed, so that installing can link it before the first build.
import '../dist/main.js';
