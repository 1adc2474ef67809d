// `graphql-ws`, the reference client of graphql-transport-ws, against the server.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CloseCode, createClient } from 'graphql-ws';
import WebSocket from 'ws';

import { FOLLOW, markAllRead, named, start } from './server.js';

let server;
before(async () => { server = await start({ KEHU_LIVE__INIT_TIMEOUT_MS: '300' }); });
after(() => server.stop());

function client(options = {}) {
  return createClient({
    url: server.socket,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${server.token}` },
    ...options,
  });
}

/** The first answer of an operation. */
async function first(of, payload) {
  const answers = of.iterate(payload);
  const { value } = await answers.next();
  await answers.return();
  return value;
}

/** The code with which the server closes a socket that says this. */
function closed(...messages) {
  return new Promise((told) => {
    const socket = new WebSocket(server.socket, 'graphql-transport-ws');
    socket.on('open', () => messages.forEach((message) => socket.send(JSON.stringify(message))));
    socket.on('close', (code) => told(code));
  });
}

test('a query is answered once and completed', async () => {
  const of = client();
  const answers = [];
  for await (const answer of of.iterate({ query: '{ viewer { employee { name } } }' })) answers.push(answer);
  assert.deepEqual(answers.map((answer) => answer.data.viewer.employee.name), ['Administrator']);
  await of.dispose();
});

test('a mutation is run', async () => {
  const of = client();
  const answer = await first(of, markAllRead);
  assert.deepEqual(answer.data.noticesMarkAllRead.refusals, []);
  await of.dispose();
});

test('a subscription is followed, left, and resumed from its cursor over another connection', async () => {
  const one = client();
  const { cursor } = (await first(one, { query: FOLLOW })).data.inboxChanged;
  await one.dispose();
  const other = client();
  const again = await first(other, { query: FOLLOW, variables: { after: cursor } });
  assert.ok(again.data.inboxChanged.cursor);
  await other.dispose();
});

test('what is not valid is the error of its operation alone', async () => {
  const of = client();
  await assert.rejects(first(of, { query: '{ nothingOfThisName }' }), (errors) => {
    assert.equal(errors[0].extensions.code, 'BAD_REQUEST');
    return true;
  });
  assert.equal((await first(of, { query: '{ __typename }' })).data.__typename, 'Query');
  await of.dispose();
});

test('a document is known by its hash', async () => {
  const of = client();
  const document = 'query Hashed { viewer { employee { id } } }';
  const extensions = named(document);
  await assert.rejects(first(of, { query: '', extensions }), (errors) => errors[0].message === 'PersistedQueryNotFound');
  const whole = await first(of, { query: document, extensions });
  assert.deepEqual((await first(of, { query: '', extensions })).data, whole.data);
  await of.dispose();
});

test('both sides give signs of life', async () => {
  const heard = [];
  const of = client({ keepAlive: 50, on: { pong: (received) => heard.push(received) } });
  const answers = of.iterate({ query: FOLLOW });
  await answers.next();
  await new Promise((over) => setTimeout(over, 200));
  assert.ok(heard.includes(true), 'no pong came');
  await answers.return();
  await of.dispose();
});

test('it closes with the codes of the protocol', async () => {
  const init = { type: 'connection_init', payload: { authorization: `Bearer ${server.token}` } };
  const follow = { id: '1', type: 'subscribe', payload: { query: FOLLOW } };
  assert.equal(await closed({ type: 'nothing' }), CloseCode.BadRequest);
  assert.equal(await closed(follow), CloseCode.Unauthorized);
  assert.equal(await closed({ type: 'connection_init' }), CloseCode.Forbidden);
  assert.equal(await closed(), CloseCode.ConnectionInitialisationTimeout);
  assert.equal(await closed(init, follow, follow), CloseCode.SubscriberAlreadyExists);
  assert.equal(await closed(init, init), CloseCode.TooManyInitialisationRequests);
});

test('another subprotocol is not spoken', async () => {
  const code = await new Promise((told) => {
    const socket = new WebSocket(server.socket);
    socket.on('close', (code) => told(code));
  });
  assert.equal(code, CloseCode.SubprotocolNotAcceptable);
});
