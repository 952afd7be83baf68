import assert from 'node:assert/strict'
import { delimiter } from 'node:path'
import { test } from 'node:test'
import { findBinary } from '../src/binary.js'

interface Row {
  readonly name: string
  readonly setting?: string
  readonly platform?: NodeJS.Platform
  readonly there: readonly string[]
  readonly want: string | RegExp
}

const rows: readonly Row[] = [
  { name: 'the setting wins', setting: '/opt/tallyho', there: ['/opt/tallyho', '/ext/bin/tallyho', '/usr/bin/tallyho'], want: '/opt/tallyho' },
  { name: 'the setting may begin with ~', setting: '~/go/bin/tallyho', there: ['/home/ann$&/go/bin/tallyho'], want: '/home/ann$&/go/bin/tallyho' },
  { name: 'a wrong setting is never passed over', setting: '/nowhere', there: ['/usr/bin/tallyho'], want: /tallyho\.path names "\/nowhere"/ },
  { name: 'the bundled one before PATH', there: ['/ext/bin/tallyho', '/usr/bin/tallyho'], want: '/ext/bin/tallyho' },
  { name: 'PATH in its order', there: ['/usr/bin/tallyho', '/home/ann/bin/tallyho'], want: '/home/ann/bin/tallyho' },
  { name: 'an empty entry of PATH is not the current folder', there: ['tallyho'], want: /not found on PATH/ },
  { name: 'Windows has .exe', platform: 'win32', there: ['/usr/bin/tallyho.exe'], want: '/usr/bin/tallyho.exe' },
  { name: 'nowhere', there: [], want: /not found on PATH.*tallyho\.path/ },
]

for (const row of rows) {
  test(`binary: ${row.name}`, () => {
    const found = findBinary({
      setting: row.setting ?? '',
      extensionFolder: '/ext',
      home: '/home/ann$&',
      path: ['', '/home/ann/bin', '/usr/bin'].join(delimiter),
      platform: row.platform ?? 'linux',
      executable: (file) => row.there.includes(file),
    })
    if (typeof row.want === 'string') {
      assert.deepEqual(found, { binary: row.want })
    } else {
      assert.match('problem' in found ? found.problem : `found ${found.binary}`, row.want)
    }
  })
}
