import assert from 'node:assert/strict'
import { test } from 'node:test'
import { complete, keepsNewest, type Configuration } from '../src/configuration.js'

const empty: Configuration = { type: '', name: '', request: '' }
const launch: Configuration = { type: 'tallyho', name: 'mine', request: 'launch', module: 'shop' }

test('configuration: without launch.json the file in the editor runs', () => {
  const got = complete(empty, { pythonFile: '/a b/é.py', interpreter: undefined })
  assert.deepEqual(got, { type: 'tallyho', name: 'Tallyho: current file', request: 'launch', program: '/a b/é.py' })
})

test('configuration: without a Python file there is nothing to run', () => {
  assert.equal(complete(empty, { pythonFile: undefined, interpreter: '/venv/bin/python' }), undefined)
})

test('configuration: the selected interpreter is the default', () => {
  const got = complete(launch, { pythonFile: undefined, interpreter: '/venv/bin/python' })
  assert.deepEqual(got, { ...launch, python: '/venv/bin/python' })
})

for (const name of ['python', 'pythonPath']) {
  test(`configuration: "${name}" of launch.json stays`, () => {
    const mine = { ...launch, [name]: '/usr/bin/python3' }
    assert.deepEqual(complete(mine, { pythonFile: '/x.py', interpreter: '/venv/bin/python' }), mine)
  })
}

test('configuration: a program starts in the workspace folder', () => {
  const window = { pythonFile: '/w/sub/x.py', folder: '/w', interpreter: undefined }
  assert.deepEqual(complete(launch, window), { ...launch, cwd: '/w' })
  assert.equal(complete(empty, window)?.['cwd'], '/w')
  assert.equal(complete({ ...launch, cwd: '/other' }, window)?.['cwd'], '/other')
  const attach: Configuration = { type: 'tallyho', name: 'theirs', request: 'attach', processId: 7 }
  assert.deepEqual(complete(attach, window), attach)
  const fleet: Configuration = { type: 'tallyho', name: 'all', request: 'attach', fleet: 'nats://127.0.0.1:7422' }
  assert.deepEqual(complete(fleet, window), { ...fleet, cwd: '/w' })
})

test('configuration: a program that runs has its own interpreter', () => {
  const attach: Configuration = { type: 'tallyho', name: 'theirs', request: 'attach', processId: 7 }
  assert.deepEqual(complete(attach, { pythonFile: undefined, interpreter: '/venv/bin/python' }), attach)
})

test('configuration: what was given is not changed', () => {
  complete(launch, { pythonFile: undefined, interpreter: '/venv/bin/python' })
  assert.equal('python' in launch, false)
})

test('configuration: only a recording with "last" is kept in memory', () => {
  assert.ok(keepsNewest({ record: { last: '64M' } }))
  for (const record of [undefined, null, false, true, {}, { last: '' }, { file: 'a.rec', limit: '1G' }]) {
    assert.ok(!keepsNewest({ record }), JSON.stringify(record))
  }
})
