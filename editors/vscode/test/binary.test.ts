import assert from 'node:assert/strict'
import { delimiter } from 'node:path'
import { test } from 'node:test'
import { findBinary } from '../src/binary.js'

interface Row {
  readonly name: string
  readonly setting?: string
  readonly platform?: NodeJS.Platform
  readonly folders?: readonly string[]
  readonly goBin?: string
  readonly there: readonly string[]
  readonly want: string | RegExp
}

const rows: readonly Row[] = [
  { name: 'the setting wins', setting: '/opt/tallyho', there: ['/opt/tallyho', '/ext/bin/tallyho', '/usr/bin/tallyho'], want: '/opt/tallyho' },
  { name: 'the setting may begin with ~', setting: '~/go/bin/tallyho', there: ['/home/ann$&/go/bin/tallyho'], want: '/home/ann$&/go/bin/tallyho' },
  { name: 'a wrong setting is never passed over', setting: '/nowhere', there: ['/usr/bin/tallyho'], want: /tallyho\.path names "\/nowhere"/ },
  { name: 'the bundled one before PATH', there: ['/ext/bin/tallyho', '/usr/bin/tallyho'], want: '/ext/bin/tallyho' },
  { name: 'PATH in its order', there: ['/usr/bin/tallyho', '/home/ann/bin/tallyho'], want: '/home/ann/bin/tallyho' },
  { name: 'an empty entry of PATH is not the current folder', there: ['tallyho'], want: /not here yet/ },
  { name: 'Windows has .exe', platform: 'win32', there: ['/usr/bin/tallyho.exe'], want: '/usr/bin/tallyho.exe' },
  { name: 'the virtual environment of the workspace before PATH', folders: ['/w'], there: ['/w/.venv/bin/tallyho', '/usr/bin/tallyho'], want: '/w/.venv/bin/tallyho' },
  { name: 'a workspace that is not trusted is not looked into', folders: [], there: ['/w/.venv/bin/tallyho'], want: /not here yet/ },
  { name: "where Go installs, which a desktop's PATH lacks", there: ['/home/ann$&/go/bin/tallyho'], want: '/home/ann$&/go/bin/tallyho' },
  { name: 'GOBIN', goBin: '/gobin', there: ['/gobin/tallyho', '/home/ann$&/go/bin/tallyho'], want: '/gobin/tallyho' },
  { name: 'make install', there: ['/home/ann$&/.local/bin/tallyho'], want: '/home/ann$&/.local/bin/tallyho' },
  { name: 'nowhere', there: [], want: /not here yet.*build it/ },
]

for (const row of rows) {
  test(`binary: ${row.name}`, () => {
    const found = findBinary({
      setting: row.setting ?? '',
      extensionFolder: '/ext',
      folders: row.folders ?? [],
      goBin: row.goBin,
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
