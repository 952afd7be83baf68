import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Contributed, ownSettings, serverSettings, withoutOwn } from '../src/settings.js'

test('settings: dots become nesting, defaults fill what is unset, our own stay here', () => {
  const contributed: Contributed = {
    'tallyho.path': { default: '' },
    'tallyho.hints.values': { default: true },
    'tallyho.hints.maxLength': { default: 40 },
    'tallyho.diagnostics': { default: 'off' },
  }
  const set = new Map<string, unknown>([
    ['path', '/opt/tallyho'],
    ['hints.values', false],
  ])
  assert.deepEqual(serverSettings(contributed, (key) => set.get(key)), {
    hints: { values: false, maxLength: 40 },
    diagnostics: 'off',
  })
})

test('settings: the server is never told of our own, which it would warn of', () => {
  const all = Object.fromEntries([...ownSettings].map((key) => [key, true]))
  assert.deepEqual(withoutOwn({ ...all, diagnostics: 'off', hints: { values: false } }), { diagnostics: 'off', hints: { values: false } })
})

test('settings: those that stay here are contributed, and the path is restricted', () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    contributes: { configuration: { properties: Record<string, unknown> } }
    capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } }
  }
  for (const key of ownSettings) {
    assert.ok(`tallyho.${key}` in manifest.contributes.configuration.properties, key)
  }
  assert.ok(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations.includes('tallyho.path'))
})
