// A program that stands still, and one that is recorded.

import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { again, leads, soon, until } from '../until.mjs'

const stops = (b, line) => until(`it stops at ${line}`, async () => (await b.stoppedAt()) === line)

/** Sets a breakpoint. */
const breakAt = async (b, line) => {
  const set = async () => (await b.page.$$('.editor-group-container.active [class*="codicon-debug-breakpoint"]')).length > 0
  await b.goTo(line, 5)
  await leads('F9', () => b.page.keyboard.press('F9'), set)
}

/** Has a program that stands still run to its end. */
const letGo = async (b) => {
  await b.command('Remove All Breakpoints')
  await again('F5', async () => {
    await b.page.keyboard.press('F5')
    return soon(async () => (await b.stoppedAt()) === undefined)
  })
  await b.ended()
}

export const stopped = {
  'a stop': async (b) => {
    await b.open('orders.py')
    await breakAt(b, 19)
    await b.startDebugging()
    await stops(b, 19)
    await until('values behind the lines', async () => (await b.lines()).some((line) => /def price.*discount = 0/.test(line)))
    await b.shot('stopped')
    await letGo(b)
  },

  'when a name changed': async (b) => {
    const asked = async () => (await b.text('.quick-input-title')).includes('When did total change?')
    await b.open('orders.py')
    await breakAt(b, 19)
    await b.starts(() => b.choose(() => b.command('Tallyho: Start…'), ['recorded']))
    await stops(b, 19)
    const changes = () => b.editorMenu('    total', 'When Did This Change?')
    assert.match((await b.offered(changes, /total = 1200/)).join('\n'), /total = 1200.*orders\.py:16 price/)
    await b.choose(changes, ['total = 1200', 'When did total change?'])
    await stops(b, 16)
    await again('F5', async () => {
      await b.page.keyboard.press('F5')
      return soon(async () => (await b.stoppedAt()) === 19)
    })
    await b.offered(() => b.variableMenu('discount', 'When Did This Change?'), /discount = 0/)
    await b.goTo(19, 13)
    await b.offered(async () => {
      await b.command('Tallyho: When Did This Change?')
      await until('what is at the cursor', asked)
    })
    await b.activity()
    await letGo(b)
  },

  'the newest part is written': async (b) => {
    const launch = join(b.workspace, '.vscode', 'launch.json')
    const kept = { name: 'the newest part', type: 'tallyho', request: 'launch', program: '${workspaceFolder}/orders.py', record: { last: '1M' } }
    mkdirSync(dirname(launch), { recursive: true })
    writeFileSync(launch, JSON.stringify({ version: '0.2.0', configurations: [kept] }))
    try {
      await b.open('orders.py')
      await breakAt(b, 19)
      await until('VS Code knows the configuration', async () => (await b.text('.statusbar')).includes('the newest part'))
      await b.startDebugging()
      await stops(b, 19)
      await b.command('Tallyho: Write Recording')
      await until('it is written', async () => /the recording so far is in .*\.rec/.test(await b.text('.notifications-toasts')))
      await letGo(b)
    } finally {
      rmSync(launch, { force: true })
    }
  },

  'a part of a recorded run': async (b) => {
    const follow = () => b.command('Tallyho: Follow a Test, Request, Task or Thread…')
    await b.open('orders.py')
    await b.choose(follow, ['MainThread'])
    await until('the status bar says what is followed', async () => /only thread:1/.test(await b.text('.statusbar')))
    await b.command('Tallyho: Show All of the Run')
    await until('all of the run', async () => !/only thread:1/.test(await b.text('.statusbar')))
  },

  'a recording': async (b) => {
    await b.starts(() => b.menu('Runs', /orders\.py.*hits/, 'Open Recording…'))
    await until('it stands at its first line', async () => (await b.stoppedAt()) !== undefined)
    await b.leave()
  },
}
