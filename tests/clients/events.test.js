// `graphql-sse` in distinct connections mode against the server.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient } from 'graphql-sse';

import { FOLLOW, markAllRead, start } from './server.js';

let server;
before(async () => { server = await start(); });
after(() => server.stop());

function client(options = {}) {
  return createClient({
    url: server.url,
    retryAttempts: 0,
    headers: { authorization: `Bearer ${server.token}` },
    ...options,
  });
}

test('a query is answered once and completed', async () => {
  const answers = [];
  for await (const answer of client().iterate({ query: '{ viewer { employee { name } } }' })) answers.push(answer);
  assert.deepEqual(answers.map((answer) => answer.data.viewer.employee.name), ['Administrator']);
});

test('a mutation is run', async () => {
  const { value } = await client().iterate(markAllRead).next();
  assert.deepEqual(value.data.noticesMarkAllRead.refusals, []);
});

test('a subscription is followed and resumed from its cursor', async () => {
  const answers = client().iterate({ query: FOLLOW });
  const { cursor } = (await answers.next()).value.data.inboxChanged;
  await answers.return();
  const again = client().iterate({ query: FOLLOW, variables: { after: cursor } });
  assert.ok((await again.next()).value.data.inboxChanged.cursor);
  await again.return();
});

test('what is not valid is told as an answer', async () => {
  const { value } = await client().iterate({ query: '{ nothingOfThisName }' }).next();
  assert.equal(value.errors[0].extensions.code, 'BAD_REQUEST');
});

test('a token that is none opens nothing', async () => {
  const answers = client({ headers: { authorization: 'Bearer nothing' } }).iterate({ query: FOLLOW });
  await assert.rejects(answers.next(), (error) => error.response?.status === 401);
});
