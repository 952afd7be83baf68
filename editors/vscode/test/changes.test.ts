import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeItems, expressionAt } from '../src/changes.js'

for (const [line, want] of [
  ['    to|tal = 5', 'total'],
  ['    |total = 5', 'total'],
  ['    total| = 5', 'total'],
  ['    x = self.cart.to|tal + 1', 'self.cart.total'],
  ['    x = self.ca|rt.total + 1', 'self.cart'],
  ['    x = self|.cart', 'self'],
  ['    x = self.|cart', 'self.cart'],
  ['    größe|2 = 1', 'größe2'],
  ['    f(a,b|)', 'b'],
  ['    x = 4|7', undefined],
  ['    x  |= 5', undefined],
  ['|', undefined],
] as const) {
  test(`changes: the name at ${line}`, () => {
    assert.equal(expressionAt(line.replace('|', ''), line.indexOf('|')), want)
  })
}

test('changes: each has its value and its place', () => {
  const got = changeItems({
    whole: true,
    changes: [
      { at: 7, text: 'total = 5 (was 6)', function: 'price', source: { path: '/w/shop.py' }, line: 8 },
      { at: 3, text: 'total = 6', function: 'price', source: { name: 'lib.py' }, line: 6 },
      { at: 0, text: 'total = 6', function: '<module>', line: 1 },
    ],
  })
  assert.deepEqual(got.map((one) => `${one.at} ${one.label} | ${one.description}`), [
    '7 total = 5 (was 6) | shop.py:8 price',
    '3 total = 6 | lib.py:6 price',
    '0 total = 6 | ?:1 <module>',
  ])
})
