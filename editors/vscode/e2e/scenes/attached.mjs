// Programs that run already: one, a fleet of them, and a notebook's kernel.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { again, leads, once, soon, until } from '../until.mjs'
import { is, isNot } from './traced.mjs'

// The cells' editors lie over the group's.
const notebook = '.notebookOverlay'

const attach = (b) => () => b.command('Tallyho: Attach to a Program…')

/** Returns the first that a program says. */
const heard = async (program) => String(await new Promise((said) => program.stdout.once('data', said)))

export const attached = {
  'attaching': async (b) => {
    const program = b.program(b.python, ['listener.py'])
    try {
      await heard(program)
      await b.open('listener.py')
      await b.activity()
      const [first] = await b.offered(attach(b), /listens for Tallyho/)
      assert.match(first, /listener\.py.*listens for Tallyho/)
      await b.starts(() => b.choose(attach(b), ['listens for Tallyho']))
      await b.goTo(13, 5)
      const trace = () => b.command('Tallyho: Trace This Line')
      await once('records of a program that ran already', trace, is(b, /listener\.py:13.*[\d,]+ hits/))
      await once('none any more', trace, isNot(b, /listener\.py:13/))
      await b.leave()
    } finally {
      program.kill()
    }
  },

  'a fleet': async (b) => {
    const ends = []
    const start = (command, ...args) => {
      ends.push(b.program(command, args))
      return ends.at(-1)
    }
    const launch = join(b.workspace, '.vscode', 'launch.json')
    try {
      await heard(start(b.python, 'listener.py'))
      const hub = JSON.parse(await heard(start(b.tallyho, 'hub')))
      const policy = join(b.work, 'policy.json')
      writeFileSync(policy, JSON.stringify({ stop: true }))
      start(b.tallyho, 'agent', '--connect', hub.url, '--token-file', hub.token_file, '--policy', policy).stdout.resume()
      const trace = ["filename_endswith='listener.py', lineno=13, kind='line'"]
      const fleet = { name: 'all of them', type: 'tallyho', request: 'attach', fleet: hub.url, tokenFile: hub.token_file, trace }
      mkdirSync(join(b.workspace, '.vscode'), { recursive: true })
      writeFileSync(launch, JSON.stringify({ version: '0.2.0', configurations: [fleet] }))
      await b.activity()
      await until('VS Code knows the configuration', async () => (await b.text('.statusbar')).includes('all of them'))
      await b.startDebugging()
      await until('what the fleet counts', async () => (await b.rows('Runs')).some((row) => /^fleet.*[1-9][\d,]* hits? in 1 process/.test(row)))
      await b.select('Runs', 'in 1 process')
      await until('its process', async () => (await b.rows('Runs')).some((row) => /^listener@.*[1-9][\d,]* hits?$/.test(row)))
      await b.shot('fleet')
      await again('F6', async () => {
        await b.page.keyboard.press('F6')
        return soon(async () => (await b.stoppedAt()) > 10)
      })
      await again('Shift+F5', async () => {
        await b.page.keyboard.press('Shift+F5')
        return soon(async () => (await b.stoppedAt()) === undefined)
      })
      assert.doesNotMatch(await b.text('.notifications-toasts'), /there is no such setting/)
      // While the process's own session comes to its end, the key is not taken for the fleet's.
      await leads('the fleet is left', () => b.page.keyboard.press('Shift+F5'), async () => !(await b.running()))
      await b.ended()
    } finally {
      rmSync(launch, { force: true })
      ends.reverse().forEach((program) => program.kill())
    }
  },

  // No extension that runs cells is here: the kernel is told by the test what the notebook holds.
  'a notebook': async (b) => {
    const kernel = b.kernel()
    try {
      await kernel.run('import tallyho\ntallyho.listen()')
      await b.open('orders.py')
      await b.activity()
      await b.starts(() => b.choose(attach(b), ['listens for Tallyho']))
      await b.open('study.ipynb')
      const cells = JSON.parse(readFileSync(join(b.workspace, 'study.ipynb'), 'utf8')).cells.map(({ source }) => source.join(''))
      for (const cell of cells) {
        await kernel.run(cell)
      }
      await until('counts in the cells', async () => (await b.count('range(4)', notebook)) === 5 && (await b.count('+= area(n)', notebook)) === 4)
      await kernel.run(cells[1])
      await until('it ran once more', async () => (await b.count('+= area(n)', notebook)) === 8)
      await b.shot('notebook')
      await b.leave()
    } finally {
      kernel.end()
    }
  },
}
