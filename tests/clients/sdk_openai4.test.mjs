// The OpenAI SDK 4, which many applications still use.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import OpenAI from 'openai4';
import { VERSION } from 'openai4/version';

import { testOpenAI } from './support/openai_suite.mjs';

assert.match(VERSION, /^4\./);
describe('openai 4', () => testOpenAI(
    { OpenAI, chatHelpers: (client) => client.beta.chat.completions }));
