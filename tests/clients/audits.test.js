// Every audit of GraphQL over HTTP that `graphql-http` knows: MUST, SHOULD and MAY alike.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serverAudits } from 'graphql-http';

import { start } from './server.js';

/** How many there are in the version that is pinned: none may be lost in silence. */
const AUDITS = 61;

let server;
before(async () => { server = await start(); });
after(() => server.stop());

/** A program shows by a header that no other site's page sends its GET. */
const fetchFn = (url, init = {}) =>
  fetch(url, { ...init, headers: { ...init.headers, 'x-kehu-csrf': '1' } });

const audits = serverAudits({ url: () => server.url, fetchFn });

test('none is left out', () => assert.equal(audits.length, AUDITS));

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    const said = result.response && `${result.response.status} ${await result.response.text?.().catch(() => '')}`;
    assert.equal(result.status, 'ok', `${result.reason}\n${said}`);
  });
}
