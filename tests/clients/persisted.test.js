// Apollo Client's automatic persisted queries and batches against the server.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import apollo from '@apollo/client/core/core.cjs';
import batch from '@apollo/client/link/batch-http/batch-http.cjs';
import persisted from '@apollo/client/link/persisted-queries/persisted-queries.cjs';

import { start } from './server.js';

const { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } = apollo;

let server;
before(async () => { server = await start(); });
after(() => server.stop());

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** A client, and what it has sent. */
function client(link, more = {}) {
  const sent = [];
  const watched = (url, init) => {
    sent.push({ url, method: init.method, body: init.body && JSON.parse(init.body) });
    return fetch(url, init);
  };
  const headers = { authorization: `Bearer ${server.token}`, 'x-kehu-csrf': '1' };
  const http = link({ uri: server.url, headers, fetch: watched, ...more });
  const of = new ApolloClient({
    cache: new InMemoryCache(),
    link: http,
    defaultOptions: { query: { fetchPolicy: 'no-cache' } },
  });
  return { of, sent };
}

const byHash = (useGETForHashedQueries) => (options) => ApolloLink.from([
  persisted.createPersistedQueryLink({ sha256, useGETForHashedQueries }),
  new HttpLink(options),
]);

for (const by of ['POST', 'GET']) {
  const document = gql(`query By${by} { viewer { employee { name } } }`);
  test(`a document is sent whole once, and by its hash after that (${by})`, async () => {
    const { of, sent } = client(byHash(by === 'GET'));
    for (let time = 0; time < 3; time += 1) {
      const { data } = await of.query({ query: document });
      assert.equal(data.viewer.employee.name, 'Administrator');
    }
    assert.equal(sent.length, 4);
    const whole = sent.map(({ url, body }) => (body ? 'query' in body : url.includes('query=')));
    assert.deepEqual(whole, [false, true, false, false]);
    assert.equal(sent[3].method, by);
  });
}

test('queries that are asked together go in one request', async () => {
  const { of, sent } = client((options) => new batch.BatchHttpLink(options), { batchMax: 10, batchInterval: 20 });
  const asked = ['A', 'B', 'C'].map((name) => of.query({ query: gql(`query ${name} { viewer { employee { name } } }`) }));
  const answers = await Promise.all(asked);
  assert.deepEqual(answers.map(({ data }) => data.viewer.employee.name), Array(3).fill('Administrator'));
  assert.deepEqual(sent.map(({ body }) => body.length), [3]);
});
