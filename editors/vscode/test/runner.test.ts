import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { resultsIn, summed } from '../src/results.js'

const python = ['python3', 'python'].find((name) => spawnSync(name, ['--version']).status === 0)

const source = `import unittest

class Cart(unittest.TestCase):
    def test_good(self):
        self.assertEqual(1, 1)

    def test_bad(self):
        self.check(2)

    def check(self, n):
        self.assertEqual(n, 3)

    def test_error(self):
        raise KeyError("x")

    @unittest.skip("later")
    def test_later(self):
        pass
`

/** Runs tests in a folder of their own; without pytest, that unittest runs them. */
function outcomes(files: Record<string, string>, tests: string[]): string[] {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'tallyho-tests-')))
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    // A pytest that cannot be imported: the runner is to go on without.
    writeFileSync(join(folder, 'pytest.py'), 'raise ImportError("not here")\n')
    const results = join(folder, 'results')
    spawnSync(python ?? '', ['python/tests.py', results, folder, ...tests.map((one) => join(folder, one))], { encoding: 'utf8' })
    return summed(resultsIn(readFileSync(results, 'utf8'))).map(
      ({ file, id, outcome, line, message }) => `${file.slice(folder.length + 1)} ${id} ${outcome}${line === undefined ? '' : ` line ${line}`}${message?.includes('KeyError') ? ' KeyError' : ''}`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('runner: what became of each test, and where it failed', { skip: python === undefined }, () => {
  assert.deepEqual(outcomes({ 'test_cart.py': source }, ['test_cart.py']).sort(), [
    'test_cart.py Cart::test_bad failed line 11',
    'test_cart.py Cart::test_error failed line 14 KeyError',
    'test_cart.py Cart::test_good passed',
    'test_cart.py Cart::test_later skipped',
  ])
})

test('runner: one test alone, in a package', { skip: python === undefined }, () => {
  const files = { 'shop/__init__.py': '', 'shop/cart_test.py': source }
  assert.deepEqual(outcomes(files, ['shop/cart_test.py::Cart::test_good']), ['shop/cart_test.py Cart::test_good passed'])
  assert.deepEqual(outcomes(files, ['shop/cart_test.py::Cart']).length, 4)
})
