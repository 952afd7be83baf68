import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Followed, TraceRecord } from '../src/protocol.js'
import { added, changed, itemOf, merged, sameItem, shortest, without } from '../src/queries.js'
import { kept, Records } from '../src/records.js'
import { type Breakpoint, description, rowsOf } from '../src/rows.js'

const followed = (over: Partial<Followed>): Followed => ({
  id: 1,
  number: 101,
  owner: 'launch',
  text: 'module="shop"',
  state: 'armed',
  message: 'armed at 1 place',
  hits: 0,
  errors: 0,
  places: 1,
  copies: { query: '', hunter: '', breakpoint: '' },
  ...over,
})

test('queries: an entry means the same in its short and its long form', () => {
  assert.ok(sameItem('a=1', { query: 'a=1', condition: '', limit: 0, stop: false }))
  assert.ok(sameItem({ query: 'a=1', hit: '5' }, { query: 'a=1', hit: 5 as unknown as string }))
  assert.ok(!sameItem('a=1', { query: 'a=1', log: '{x}' }))
  assert.equal(shortest({ query: 'a=1', condition: '' }), 'a=1')
  assert.deepEqual(itemOf({ query: 'a=1', limit: 3 }), { query: 'a=1', limit: 3 })
})

test("queries: a configuration's own come first, the window's once, those switched off not at all", () => {
  const own = changed(added(added([], { query: 'b=1' }), { query: 'c=1' }), 2, { enabled: false })
  assert.deepEqual(merged(['a=1', { query: 'b=1' }], own), ['a=1', { query: 'b=1' }])
  assert.deepEqual(merged('a=1', own), ['a=1', 'b=1'])
  assert.deepEqual(merged(undefined, own), ['b=1'])
  assert.deepEqual(without(own, 1).map((one) => one.item.query), ['c=1'])
  assert.equal(added(without(own, 1), { query: 'd=1' }).at(-1)?.key, 3)
})

const logpoint: Breakpoint = { id: 'b1', enabled: true, path: '/w/shop.py', line: 8, logMessage: '{x}' }

test('rows: each tracepoint stands once, with what the adapter tells of it', () => {
  const own = added([], { query: 'module="shop"' }, 'all of the shop')
  const rows = rowsOf(own, [logpoint, { id: 'b2', enabled: false, function: 'price' }], [
    followed({ item: { query: 'module="shop"' }, hits: 3 }),
    followed({ id: 2, owner: 'source', text: 'shop.py:8 log {x}', source: { path: '/w/shop.py' }, line: 8, hits: 2, errors: 1 }),
    followed({ id: 3, item: { query: 'kind="call"' }, text: 'kind="call"', state: 'failed', message: 'a mistake\nin it' }),
    followed({ id: 4, owner: 'console', text: 'kind="return"' }),
    followed({ id: 5, owner: 'exceptions', text: 'exceptions uncaught', hits: 1 }),
  ], [{ query: 'off=1' }])
  assert.deepEqual(
    rows.map((row) => `${row.kind} ${row.state} ${row.label} | ${description(row)}`),
    [
      'own hit all of the shop | 3 hits',
      'breakpoint hit shop.py:8 log {x} | 2 hits · 1 error',
      'breakpoint disabled function price | disabled',
      'launch disabled off=1 | disabled',
      'launch failed kind="call" | a mistake',
      'console armed kind="return" | armed at 1 place',
    ],
  )
})

test('rows: without a program everything waits; two logpoints on one line are two', () => {
  const twice = [logpoint, { ...logpoint, id: 'b3', logMessage: '{y}' }]
  assert.deepEqual(rowsOf([], twice, [], []).map((row) => row.state), ['idle', 'idle'])
  const told = [1, 2].map((id) => followed({ id, owner: 'source', text: 'shop.py:8 log', source: { path: '/w/shop.py' }, line: 8, hits: id }))
  assert.deepEqual(rowsOf([], twice, told, []).map((row) => row.hits), [1, 2])
})

test('rows: a breakpoint that the adapter has moved is still found', () => {
  const [row] = rowsOf([], [logpoint], [followed({ owner: 'source', text: 'shop.py:8 log {x}', source: { path: '/w/shop.py' }, line: 6, hits: 4 })], [])
  assert.equal(row?.hits, 4)
})

const record = (seq: number, text: string): TraceRecord => ({
  seq, time: seq / 10, thread: 'MainThread', kind: 'line', function: 'f', path: '/w/a.py', line: 1, text, values: [{ name: 'x', text: String(seq) }],
})

test('records: the last are kept, all are counted, newest first', () => {
  const records = new Records()
  for (let i = 0; i < 9; i++) {
    records.add({ number: 1, records: Array.from({ length: 100 }, (_, n) => record(i * 100 + n, 'one')), total: 1000 })
  }
  records.add({ number: 2, records: [record(5, 'Other')], total: 1 })
  assert.equal(records.total(1), 9000)
  assert.equal(records.newest(1, '').length, kept)
  assert.equal(records.newest(1, '')[0]?.seq, 899)
  assert.deepEqual(records.newest(undefined, 'oTHER').map((one) => one.seq), [5])
  assert.deepEqual(records.newest(1, 'x=888').map((one) => one.seq), [888])
  assert.deepEqual(records.newest(3, ''), [])
})
