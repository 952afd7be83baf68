import assert from 'node:assert/strict'
import { test } from 'node:test'
import { marksOf, queryOf, wordsOf } from '../src/marks.js'
import type { Followed } from '../src/protocol.js'
import { rowsOf } from '../src/rows.js'

const told = (over: Partial<Followed>): Followed => ({
  id: 1, number: 101, owner: 'launch', text: 'q', state: 'armed', message: 'armed', hits: 0, errors: 0, places: 1, copies: { query: '', hunter: '', breakpoint: '' }, ...over,
})
const copies = (query: string): Followed['copies'] => ({ query, hunter: '', breakpoint: '' })

test('marks: a breakpoint stands at its line, a query where the server says, with hits that are of there alone', () => {
  const breakpoint = { id: 'b1', enabled: true, path: '/w/shop.py', line: 8, logMessage: '{x}' }
  const rows = rowsOf([{ key: 1, item: { query: 'function="price"' }, enabled: true, title: 'calls of price' }], [breakpoint], [
    told({ item: { query: 'function="price"' }, hits: 3 }),
    told({ id: 2, owner: 'source', text: 'shop.py:8 log {x}', source: { path: '/w/shop.py' }, line: 8, hits: 2 }),
    told({ id: 3, item: { query: 'function_in=["a", "b"]' }, text: 'two', hits: 5, places: 2 }),
    told({ id: 4, owner: 'console', text: 'at the console', state: 'pending', copies: copies('function="late"') }),
    told({ id: 5, owner: 'functions', text: 'function refund', state: 'armed', hits: 1, places: 2, copies: copies('function="refund"') }),
    told({ id: 6, owner: 'data', text: 'data' }),
  ], [])
  const lines = new Map([['function="price"', [14]], ['function_in=["a", "b"]', [1, 3]], ['function="late"', [20]], ['function="refund"', [22]]])
  assert.deepEqual(
    marksOf(rows, '/w/shop.py', lines).map((mark) => `${mark.line} ${mark.row.label} | ${wordsOf(mark)}`),
    [
      '15 calls of price | ◆ 3 hits',
      '8 shop.py:8 log {x} | ◆ 2 hits',
      '2 two | ◆ 5 hits in all',
      '4 two | ◆ 5 hits in all',
      '21 at the console | ◇ waits',
      '23 function refund | ◆ 1 hit in all',
    ],
  )
  assert.deepEqual(marksOf(rows, '/w/other.py', new Map()), [])
  assert.deepEqual(rows.map(queryOf), ['function="price"', undefined, 'function_in=["a", "b"]', 'function="late"', 'function="refund"', undefined])
})
