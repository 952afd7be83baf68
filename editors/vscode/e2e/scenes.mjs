// What a person does, scene after scene in one window. Each scene begins where the one before it ended.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from './workbench.mjs'

const sum = 'total = order.cents'

const heat = async (b) => (await b.page.$$('.glyph-margin-widgets .cgmr[class*="ced-"], .margin-view-overlays [class*="ced-"]')).length > 3

const dimmed = async (b) => {
  const all = await b.page.$$eval('.view-line span span', (spans) => spans.filter((one) => Number(getComputedStyle(one).opacity) < 0.6).map((one) => one.textContent))
  return all.join('').includes('price')
}

// The cells' editors lie over the group's.
const notebook = '.notebookOverlay'

const hints = async (b) => (await b.lines()).some((line) => /×\d/.test(line))

export const scenes = {
  'F5 on a file, without any configuration': async (b) => {
    await b.open('orders.py')
    await until('the extension is active', async () => /Tallyho/.test(await b.text('.statusbar')) && !/Activating/.test(await b.text('.statusbar')))
    await b.activity()
    for (const [view, words] of [['Runs', 'Nothing ran yet'], ['Tracepoints', 'A tracepoint shows'], ['Records', 'What tracepoints record']]) {
      await until(`${view} says what it is for`, async () => (await b.text(`.pane:has(.pane-header[aria-label*="${view}"])`)).includes(words))
      b.used.welcome(view)
    }
    b.keepOpen()
    await b.startDebugging()
    await until('a count while it runs', () => b.count(sum))
    await until('the status bar tells', async () => /orders\.py: running · [\d,]+ hits/.test(await b.text('.statusbar')))
    await until('it grows', async () => (await b.count(sum)) === 60)
    await b.shot('run')
    await b.ended()
    await until('the count stays', async () => (await b.count(sum)) === 60)
    assert.match(await b.text('.statusbar'), /orders\.py: ended · [\d,]+ hits/)
    await until('the run is in the view', async () => (await b.rows('Runs')).some((row) => /orders\.py.*hits/.test(row)))
  },

  'values follow the cursor': async (b) => {
    await b.command('Tallyho: Show Values')
    await b.goTo(16, 9)
    const { text } = await until('a table with a column for each hit', () => b.webview('60 hits'))
    b.used.view('Values')
    assert.match(text, /total\s+1200\s+1300\s+1260/)
    await b.goTo(23, 1)
    await until('a line that never ran says so', () => b.webview('It never ran'))
    await b.goTo(16, 9)
    await until('the table is back', () => b.webview('60 hits'))
    await b.shot('values')
  },

  'tracing from line numbers': async (b) => {
    await b.open('orders.py')
    await b.goTo(18, 9)
    await b.lineMenu(18, 'Trace This Line')
    await until('a logpoint', async () => (await b.rows('Tracepoints')).some((row) => /orders\.py:18 log VarsPrinter/.test(row)))
    await b.lineMenu(15, 'Trace This Function')
    await until('a query', async () => (await b.rows('Tracepoints')).some((row) => /calls of price/.test(row)))
    await b.goTo(30, 13)
    await b.lineMenu(28, 'Trace Every Use of This Name')
    await until('another', async () => (await b.rows('Tracepoints')).some((row) => /every use of takings/.test(row)))
    b.keepOpen()
    await b.startDebugging()
    await until('hits', async () => (await b.rows('Tracepoints')).filter((row) => /\d+ hits/.test(row)).length === 3)
    await until('records', async () => (await b.rows('Records')).length > 3)
    await b.goTo(18, 9)
    await until('hits at the line', async () => (await b.behind()).some((text) => /^◆ \d+ hits$/.test(text)))
    await until('all of them', async () => (await b.rows('Tracepoints')).some((row) => /calls of price.*120 hits/.test(row)))
    await b.shot('ask')
    await b.ended()
  },

  'records': async (b) => {
    await (await b.row('Tracepoints', 'orders.py:18')).click()
    await until('those of the chosen tracepoint', async () => /39 records · orders\.py:18/.test(await b.text('.pane-header[aria-label*="Records"]')))
    const row = await b.row('Records', 'total')
    await row.click()
    await until('a record leads to its line', async () => /Ln 18/.test(await b.text('.statusbar')))
    b.used.command('Go to Record') // what a click on one runs
    await row.hover()
    await (await b.page.waitForSelector('.pane:has(.pane-header[aria-label*="Records"]) .monaco-list-row .monaco-tl-twistie.collapsible')).click()
    await until('its values are a tree', async () => (await b.rows('Records')).some((one) => /^discount\s*(5|10)$/.test(one.trim())))
    await b.titleAction('Records', 'Filter Records…')
    await b.enter('discount=5')
    await until('fewer', async () => /18 of 39 records|21 of 39 records/.test(await b.text('.pane-header[aria-label*="Records"]')))
    await b.titleAction('Records', 'Open Records as Text')
    await until('they are text', async () => (await b.lines()).some((line) => line.includes('orders.py:18')))
    await b.closeEditor()
    await b.titleAction('Records', 'Show Records of All Tracepoints')
    await until('all', async () => /[\d,]+ records/.test(await b.text('.pane-header[aria-label*="Records"]')))
  },

  'the form': async (b) => {
    await b.open('orders.py')
    b.keepOpen()
    await b.startDebugging()
    await b.titleAction('Tracepoints', 'Add Tracepoint…')
    const { frame } = await until('the form', () => b.webview('What do you want to see?'))
    await frame.locator('#query').pressSequentially('functio')
    await frame.locator('#items li').first().waitFor()
    await frame.locator('#query').press('Tab')
    await frame.locator('#query').pressSequentially('"main", kind="lin"')
    await frame.locator('#query').press('Escape')
    await until('what is wrong is said', async () => (await frame.locator('#problem-query').innerText()) !== '' || undefined).catch(() => undefined)
    await b.shot('form')
    await frame.locator('#query').fill('function="main", kind="line", action=VarsPrinter("takings")')
    await frame.locator('#limit').fill('7')
    await frame.locator('#save:not([disabled])').click()
    await until('it is traced at once', async () => (await b.rows('Tracepoints')).some((row) => /function="main".*[\d,]+ hits/.test(row)))
    await b.menu('Tracepoints', 'function="main"', 'Edit Tracepoint…')
    const edit = await until('the form again', () => b.webview('Edit the tracepoint'))
    await edit.frame.locator('#hit').fill('%2')
    await edit.frame.locator('#save:not([disabled])').click()
    await until('it is changed', async () => (await b.rows('Tracepoints')).some((row) => /function="main".*hit %2.*hits/.test(row)))
  },

  'what can be done with a tracepoint': async (b) => {
    await b.menuUntil('Tracepoints', 'hit %2', 'Disable Tracepoint', 'it is off', async () => (await b.rows('Tracepoints')).some((row) => /hit %2.*disabled/.test(row)))
    await b.menuUntil('Tracepoints', 'hit %2', 'Enable Tracepoint', 'it is on', async () => (await b.rows('Tracepoints')).some((row) => /hit %2.*hits/.test(row)))
    await b.menuUntil('Tracepoints', 'calls of price', 'Copy Tracepoint as Query', 'a query is copied', async () => /function="price"/.test(await b.clipboard()))
    await b.menuUntil('Tracepoints', 'calls of price', 'Copy Tracepoint as PYTHONHUNTER', 'for a shell', async () => /^PYTHONHUNTER='kind_in/.test(await b.clipboard()))
    await b.menuUntil('Tracepoints', 'orders.py:18', 'Copy Tracepoint as Breakpoint', 'as a breakpoint', async () => /"line":18/.test(await b.clipboard()))
    await b.menuUntil('Tracepoints', 'orders.py:18', 'Go to Tracepoint', 'its line', async () => /Ln 18/.test(await b.text('.statusbar')))
    // A menu that is closed again, as by a focus that comes late, has done nothing.
    await b.doesUntil('the breakpoint is off', () => b.lineMenu(18, 'Disable or Enable Tracepoint at Line'), async () => (await b.rows('Tracepoints')).some((row) => /orders\.py:18.*disabled/.test(row)))
    await b.lineMenu(18, 'Edit Tracepoint at Line')
    await b.page.waitForSelector('.zone-widget .breakpoint-widget, .breakpoint-widget')
    await b.page.keyboard.press('Escape')
    await b.lineMenu(18, 'Remove Tracepoint at Line')
    await until('it is gone', async () => !(await b.rows('Tracepoints')).some((row) => /orders\.py:18/.test(row)))
    await b.menuUntil('Tracepoints', 'every use of takings', 'Edit Tracepoint…', 'the form', () => b.webview('Edit the tracepoint'))
    await b.closeEditor()
    await b.rowAction('Tracepoints', 'every use of takings', 'Edit Tracepoint…')
    await until('the form', () => b.webview('Edit the tracepoint'))
    await b.closeEditor()
    await b.rowAction('Tracepoints', 'every use of takings', 'Remove Tracepoint')
    await until('it is gone as well', async () => !(await b.rows('Tracepoints')).some((row) => /every use of takings/.test(row)))
    await b.menuUntil('Tracepoints', 'hit %2', 'Remove Tracepoint', 'and the query', async () => !(await b.rows('Tracepoints')).some((row) => /hit %2/.test(row)))
    await b.ended()
  },

  'heat, lines that never ran, hints': async (b) => {
    await b.open('orders.py')
    await b.goTo(23, 5)
    await b.command('Tallyho: Show or Hide Heat')
    await until('bars in the gutter', () => heat(b))
    await b.command('Tallyho: Dim or Show Lines That Never Ran')
    await until('a dimmed line', () => dimmed(b))
    await b.shot('heat')
    await b.command('Tallyho: Show or Hide Hints')
    await until('no hint', async () => !(await hints(b)))
    await b.command('Tallyho: Show or Hide Hints')
    await until('hints', () => hints(b))
    await b.command('Tallyho: Show or Hide Heat')
    await until('no bars', async () => !(await heat(b)))
    await b.command('Tallyho: Dim or Show Lines That Never Ran')
    await until('nothing is dimmed', async () => !(await dimmed(b)))
  },

  'coverage': async (b) => {
    await b.doesUntil('percentages', () => b.command('Tallyho: Show Counts as Coverage'), async () => /orders\.py/.test(await b.text('.pane:has(.pane-header[aria-label*="Coverage"])')) && /\d+(\.\d+)?%/.test(await b.text('.pane:has(.pane-header[aria-label*="Coverage"])')))
    await b.shot('coverage')
    await b.activity()
  },

  'runs': async (b) => {
    await b.command('Tallyho: Compare Runs…')
    await b.choose('orders.py', 'Compare which run?')
    await b.choose('orders.py', '… with which other?')
    await until('the page', () => b.webview('Two runs'))
    await b.closeEditor()
    await b.command('Tallyho: Choose Run…')
    await b.choose('orders.py', 'Show the annotations')
    await until('it is the one that is shown', async () => (await b.rows('Runs')).some((row) => /shown/.test(row)))
    await b.command('Tallyho: Show the Newest Run of Each File')
    await until('none is', async () => !(await b.rows('Runs')).some((row) => /shown/.test(row)))
    const before = (await b.rows('Runs')).filter((row) => /hits/.test(row)).length
    await b.menu('Runs', 'orders.py', 'Delete Run…')
    await until('one less', async () => (await b.rows('Runs')).length < before)
    await (await b.row('Runs', 'orders.py')).click()
    await until('its files', async () => (await b.rows('Runs')).some((row) => /% ran/.test(row)))
    await b.command('Tallyho: Save Run as a Page…')
    await b.choose('orders.py', 'Save which run')
    await b.page.waitForSelector('.quick-input-box input', { state: 'visible' })
    await b.page.keyboard.press('Enter')
    await until('it is written', async () => /The run is in|the run is in/.test(await b.text('.notifications-toasts')))
  },

  'what stands in menus': async (b) => {
    await b.leavesBox(() => b.titleAction('Runs', 'Start…'))
    await b.leavesBox(() => b.titleAction('Runs', 'Compare Runs…'))
    await b.doesUntil('it is shown', () => b.rowAction('Runs', 'orders.py', 'Choose Run…'), async () => (await b.rows('Runs')).some((row) => /shown/.test(row)))
    await b.doesUntil('none is', () => b.titleAction('Runs', 'Show the Newest Run of Each File'), async () => !(await b.rows('Runs')).some((row) => /shown/.test(row)))
    await b.doesUntil('it is shown', () => b.menu('Runs', 'hits', 'Choose Run…'), async () => (await b.rows('Runs')).some((row) => /shown/.test(row)))
    await b.command('Tallyho: Show the Newest Run of Each File')
    await b.leavesBox(() => b.menu('Runs', 'hits', 'Compare Runs…'))
    await b.leavesBox(() => b.menu('Runs', 'hits', 'Save Run as a Page…'))
    await b.open('orders.py')
    await b.goTo(23, 5)
    for (const [what, seen] of [['Show or Hide Heat', heat], ['Dim or Show Lines That Never Ran', dimmed], ['Show or Hide Hints', hints]]) {
      const was = await seen(b)
      await b.titleAction('Runs', what)
      await until(`${what}: another look`, async () => (await seen(b)) !== was)
      await b.titleAction('Runs', what)
      await until(`${what}: as before`, async () => (await seen(b)) === was)
    }
    await b.titleAction('Runs', 'Delete All Runs…')
    await b.page.click('.monaco-dialog-box .monaco-button:has-text("Cancel")')
    await b.doesUntil('percentages', () => b.titleAction('Runs', 'Show Counts as Coverage'), async () => /\d%/.test(await b.text('.pane:has(.pane-header[aria-label*="Coverage"])')))
    await b.activity()
    await b.open('orders.py')
    await b.leavesBox(() => b.runMenu('Start…'))
    await b.starts(() => b.runMenu('Trace Python File'))
    await b.ended()
    await b.goTo(15, 5)
    await b.editorMenu('def price', 'Trace This Line')
    await until('a logpoint', async () => (await b.rows('Tracepoints')).some((row) => /orders\.py:1[56] log/.test(row)))
    await b.editorMenu('def price', 'Trace This Line')
    await until('once more takes it away', async () => !(await b.rows('Tracepoints')).some((row) => /orders\.py:1[56] log/.test(row)))
    await b.editorMenu('def refund', 'Trace This Function')
    await until('calls of refund', async () => (await b.rows('Tracepoints')).some((row) => /calls of refund/.test(row)))
    await b.rowAction('Tracepoints', 'calls of refund', 'Remove Tracepoint')
    await b.editorMenu('total = order', 'Trace Every Use of This Name')
    await until('uses of it', async () => (await b.rows('Tracepoints')).some((row) => /every use of/.test(row)))
    await b.rowAction('Tracepoints', 'every use of', 'Remove Tracepoint')
    await b.editorMenu('total = order', 'Show Values')
  },

  'tests': async (b) => {
    await b.open('tests/test_orders.py')
    await until('lenses', async () => (await b.text('.codelens-decoration')).split('Trace test').length > 4)
    await b.goTo(19, 5)
    await b.editorMenu('money = refund', 'Trace Test at Cursor')
    await until('the failure is told', async () => `${await b.behind()} ${await b.text('.editor-instance')}`.includes('assert -840 == 840'), 60000)
    await b.ended()
    await until('its line has values', async () => (await b.lines()).some((line) => /money = refund.*-840/.test(line)))
    await b.page.keyboard.press('Escape')
    await b.shot('test')
    await b.page.click('.codelens-decoration a:has-text("Trace tests")')
    await until('a unittest passes', async () => (await b.page.$$('.codicon-testing-passed-icon, .testing-run-glyph.codicon-testing-passed-icon')).length > 0, 60000)
    await b.ended()
  },

  'ways to start': async (b) => {
    await b.goTo(13, 5)
    await b.command('Tallyho: Start…')
    const offered = (await b.offered()).join('\n')
    for (const way of ['test test_discount', 'tests of this file', 'this file', 'a module…', 'attach to a program…']) {
      assert.ok(offered.includes(way), `${way} is not among\n${offered}`)
    }
    await b.starts(() => b.choose('test test_discount'))
    await b.ended()
    await until('the test ran, with each of its parameters', async () => (await b.count('order = Order("tea"')) === 3, 60000)
    await b.open('web.py')
    await b.command('Tallyho: Start…')
    await until('Flask is offered', async () => (await b.offered()).some((way) => way.includes('Flask')))
    await b.page.keyboard.press('Escape')
  },

  'pandas, asyncio, Flask': async (b) => {
    for (const [file, code, want] of [
      ['table.py', 'means = frame', /×1 .*means=Basel=101/],
      ['fetch.py', 'missing = [', /×1 .*missing=\[0, 3\]/],
      ['web.py', 'greeting = f', /×2 .*greeting='hello ann'/],
    ]) {
      await b.open(file)
      await b.starts(() => b.command('Tallyho: Trace Python File'))
      await b.ended()
      await until(`${file} has values`, async () => (await b.lines()).some((line) => line.includes(code) && want.test(line)), 90000)
    }
  },

  'a stop': async (b) => {
    await b.open('orders.py')
    await b.goTo(19, 5)
    await b.page.keyboard.press('F9')
    await b.startDebugging()
    await until('it stops', async () => (await b.stoppedAt()) === 19, 60000)
    await until('values behind the lines', async () => (await b.lines()).some((line) => /def price.*discount = 0/.test(line)))
    await b.shot('stopped')
    await b.page.keyboard.press('F9')
    await b.page.keyboard.press('F5')
    await b.ended()
  },

  'when a name changed': async (b) => {
    await b.open('orders.py')
    await b.goTo(19, 5)
    await b.page.keyboard.press('F9')
    await b.command('Tallyho: Start…')
    await b.starts(() => b.choose('recorded'))
    await until('it stops', async () => (await b.stoppedAt()) === 19, 60000)
    await b.doesUntil('a change is offered', () => b.editorMenu('total = order', 'When Did This Change?'), async () => (await b.text('.quick-input-title')).includes('When did total change?'))
    assert.match((await b.offered()).join('\n'), /total = 1200.*orders\.py:16 price/)
    await b.choose('total = 1200')
    await until('the line that made it', async () => (await b.stoppedAt()) === 16)
    await b.page.keyboard.press('F5')
    await until('the program again', async () => (await b.stoppedAt()) === 19)
    await b.variableMenu('discount', 'When Did This Change?')
    await until('that it has been so from the call on', async () => /discount = 0/.test((await b.offered()).join('\n')))
    await b.page.keyboard.press('Escape')
    await b.goTo(19, 13)
    await b.command('Tallyho: When Did This Change?')
    await until('what is at the cursor', async () => (await b.text('.quick-input-title')).includes('When did total change?'))
    await b.page.keyboard.press('Escape')
    await b.activity()
    await b.goTo(19, 5)
    await b.page.keyboard.press('F9')
    await b.page.keyboard.press('F5')
    await b.ended()
  },

  'a part of a recorded run': async (b) => {
    await b.open('orders.py')
    await b.command('Tallyho: Follow a Test, Request, Task or Thread…')
    await until('the threads are offered', async () => /MainThread/.test((await b.offered()).join('\n')), 60000)
    await b.choose('MainThread')
    await until('the status bar says what is followed', async () => /only thread:1/.test(await b.text('.statusbar')))
    await b.command('Tallyho: Show All of the Run')
    await until('all of the run', async () => !/only thread:1/.test(await b.text('.statusbar')))
  },

  'attaching': async (b) => {
    const program = b.spawn(b.python, ['listener.py'], { cwd: b.workspace, env: { ...b.environment, PYTHONPATH: b.package }, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      await new Promise((heard) => program.stdout.once('data', heard))
      await b.open('listener.py')
      await b.activity()
      await b.command('Tallyho: Attach to a Program…')
      const [first] = await b.offered()
      assert.match(first, /listener\.py.*listens for Tallyho/)
      await b.starts(() => b.choose('listens for Tallyho'))
      await b.goTo(13, 5)
      await b.command('Tallyho: Trace This Line')
      await until('records of a program that ran already', async () => (await b.rows('Tracepoints')).some((row) => /listener\.py:13.*[\d,]+ hits/.test(row)))
      await b.command('Tallyho: Trace This Line')
      await b.page.keyboard.press('Shift+F5')
      await b.ended()
    } finally {
      program.kill()
    }
  },

  'a fleet': async (b) => {
    const ends = []
    const start = async (command, ...args) => {
      const program = b.spawn(command, args, { cwd: b.workspace, env: { ...b.environment, PYTHONPATH: b.package }, stdio: ['ignore', 'pipe', 'inherit'] })
      ends.push(program)
      return String(await new Promise((heard) => program.stdout.once('data', heard)))
    }
    const launch = join(b.workspace, '.vscode', 'launch.json')
    try {
      await start(b.python, 'listener.py')
      const hub = JSON.parse(await start(b.tallyho, 'hub'))
      const policy = join(b.work, 'policy.json')
      writeFileSync(policy, JSON.stringify({ stop: true }))
      ends.push(b.spawn(b.tallyho, ['agent', '--connect', hub.url, '--token-file', hub.token_file, '--policy', policy], { cwd: b.workspace, env: b.environment, stdio: 'ignore' }))
      const trace = ["filename_endswith='listener.py', lineno=13, kind='line'"]
      const fleet = { name: 'all of them', type: 'tallyho', request: 'attach', fleet: hub.url, tokenFile: hub.token_file, trace }
      mkdirSync(join(b.workspace, '.vscode'), { recursive: true })
      writeFileSync(launch, JSON.stringify({ version: '0.2.0', configurations: [fleet] }))
      await b.activity()
      await until('VS Code knows the configuration', async () => (await b.text('.statusbar')).includes('all of them'))
      await b.starts(() => b.page.keyboard.press('F5'))
      await until('what the fleet counts', async () => (await b.rows('Runs')).some((row) => /^fleet.*[1-9][\d,]* hits? in 1 process/.test(row)))
      await (await b.row('Runs', 'in 1 process')).click()
      await until('its process', async () => (await b.rows('Runs')).some((row) => /^listener@.*[1-9][\d,]* hits?$/.test(row)))
      await b.shot('fleet')
      await b.page.keyboard.press('F6')
      await until('its one process is stopped', async () => (await b.stoppedAt()) > 10, 60000)
      await b.page.keyboard.press('Shift+F5')
      await until('it goes on', async () => (await b.stoppedAt()) === undefined)
      assert.doesNotMatch(await b.text('.notifications-toasts'), /there is no such setting/)
      await b.page.keyboard.press('Shift+F5')
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
      await b.command('Tallyho: Attach to a Program…')
      await b.starts(() => b.choose('listens for Tallyho'))
      await b.open('study.ipynb')
      const cells = JSON.parse(readFileSync(join(b.workspace, 'study.ipynb'), 'utf8')).cells.map(({ source }) => source.join(''))
      for (const cell of cells) {
        await kernel.run(cell)
      }
      await until('counts in the cells', async () => (await b.count('range(4)', notebook)) === 5 && (await b.count('+= area(n)', notebook)) === 4)
      await kernel.run(cells[1])
      await until('it ran once more', async () => (await b.count('+= area(n)', notebook)) === 8)
      await b.shot('notebook')
      await b.page.keyboard.press('Shift+F5')
      await b.ended()
    } finally {
      kernel.end()
    }
  },

  'the rest': async (b) => {
    await b.page.click('.statusbar-item[id*="tallyho"] a')
    const offered = (await b.offered()).join('\n')
    assert.match(offered, /Start….*[^]*Compare Runs…[^]*Show Counts as Coverage/)
    await b.page.keyboard.press('Escape')
    await b.command('Tallyho: Menu…')
    await b.choose('Show Values')
    await b.command('Tallyho: Restart Language Server')
    await b.open('orders.py')
    await until('hints come back', async () => (await b.lines()).some((line) => /×\d/.test(line)))
    await b.command('Tallyho: First Steps')
    await until('the walkthrough', async () => /Run a file/.test(await b.text('.gettingStartedContainer')))
    await b.shot('steps')
    await b.command('Tallyho: Delete All Runs…')
    await b.page.click('.monaco-dialog-box .monaco-button:has-text("Delete")')
    await until('no run is left', async () => /Nothing ran yet/.test(await b.text('.pane:has(.pane-header[aria-label*="Runs"])')))
  },
}
