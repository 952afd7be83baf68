import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partItems, type Parts, partsHint } from '../src/parts.js'

const list: Parts = {
  session: 's',
  title: 'shop.py',
  following: 'task:shop.fetch#2',
  parts: [
    { kind: 'test', what: 'test:/w/t.py::test_a#1', text: 't.py::test_a() → None, 2ms' },
    { kind: 'task', what: 'task:shop.fetch#1', text: 'shop.fetch(n=1) → 2, 1ms' },
    { kind: 'task', what: 'task:shop.fetch#2', text: 'shop.fetch(n=2) → 4, 1ms' },
  ],
  more: 1200,
}

test('parts: each kind has a heading, and what is followed can be ended', () => {
  assert.deepEqual(
    partItems(list).map(({ label, heading, what }) => (heading === true ? `-- ${label}` : `${label}: ${String(what)}`)),
    [
      '$(close) Show all of the run: ',
      '-- tests',
      't.py::test_a() → None, 2ms: test:/w/t.py::test_a#1',
      '-- tasks',
      'shop.fetch(n=1) → 2, 1ms: task:shop.fetch#1',
      'shop.fetch(n=2) → 4, 1ms: task:shop.fetch#2',
    ],
  )
  assert.equal(partItems({ ...list, following: '' })[0]?.label, 'tests')
})

test('parts: those that are not listed are counted', () => {
  assert.match(partsHint(list), /1,200 more/)
  assert.doesNotMatch(partsHint({ ...list, more: 0 }), /more/)
})
