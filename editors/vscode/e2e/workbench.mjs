// A real VS Code workbench for tests: code-server with the packaged extension, in a headless browser.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Used } from './manifest.mjs'

/** Polls until the function returns something other than undefined and false. */
export async function until(what, get, limit = 90000) {
  const end = Date.now() + limit
  for (;;) {
    const got = await get()
    if (got !== undefined && got !== false) {
      return got
    }
    if (Date.now() > end) {
      throw new Error(`waited in vain until ${what}`)
    }
    await new Promise((wake) => setTimeout(wake, 100))
  }
}

export class Workbench {
  /** Starts one on a folder. user and machine are settings; fill puts files into the workspace first. */
  static async start({ tools, tallyho, vsix, screenshots, fill, user = {}, machine = {} }) {
    const bench = new Workbench()
    bench.screenshots = screenshots
    bench.work = mkdtempSync(join(tmpdir(), 'tallyho-e2e-'))
    bench.workspace = join(bench.work, 'workspace')
    mkdirSync(bench.workspace)
    fill(bench.workspace)
    const entry = join(tools, 'node_modules/code-server/out/node/entry.js')
    // Folders of its own: what people ran with Tallyho before is not to be seen. Without a gallery VS Code asks no server for extensions.
    const environment = { ...process.env, EXTENSIONS_GALLERY: '{}' }
    for (const name of ['CONFIG_HOME', 'DATA_HOME', 'CACHE_HOME', 'STATE_HOME', 'RUNTIME_DIR']) {
      environment[`XDG_${name}`] = join(bench.work, name.toLowerCase())
      mkdirSync(environment[`XDG_${name}`], { recursive: true, mode: 0o700 })
    }
    bench.environment = environment
    // The accelerator for the programs' Python is built once, and not for each window.
    mkdirSync(join(tools, 'native'), { recursive: true, mode: 0o700 })
    mkdirSync(join(environment.XDG_CACHE_HOME, 'tallyho'), { mode: 0o700 })
    symlinkSync(join(tools, 'native'), join(environment.XDG_CACHE_HOME, 'tallyho', 'native'))
    const folders = ['--user-data-dir', join(bench.work, 'user'), '--extensions-dir', join(bench.work, 'extensions')]
    bench.settings('User', {
      'workbench.startupEditor': 'none', 'telemetry.telemetryLevel': 'off', 'debug.openDebug': 'neverOpen', 'editor.inlayHints.maximumLength': 0,
      'workbench.tips.enabled': false, 'extensions.ignoreRecommendations': true, 'window.commandCenter': false, 'chat.commandCenter.enabled': false,
      'editor.minimap.enabled': false, 'window.autoDetectColorScheme': true, ...user,
    })
    bench.settings('Machine', { ...(tallyho === undefined ? {} : { 'tallyho.path': tallyho }), ...machine })
    const install = spawnSync(process.execPath, [entry, ...folders, '--install-extension', vsix], { env: environment, encoding: 'utf8' })
    assert.equal(install.status, 0, install.stderr)
    const port = await freePort()
    bench.server = spawn(
      process.execPath,
      [entry, ...folders, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust', bench.workspace],
      { env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    bench.log = ''
    bench.server.stdout.on('data', (data) => (bench.log += data))
    bench.server.stderr.on('data', (data) => (bench.log += data))
    await until('code-server listens', () => bench.log.includes('listening on'))
    const { chromium } = createRequire(join(tools, 'package.json'))('playwright-core')
    bench.browser = await chromium.launch({ executablePath: join(tools, 'chromium'), args: ['--no-sandbox', '--disable-gpu'] })
    bench.context = await bench.browser.newContext({ viewport: { width: 1280, height: 800 } })
    await bench.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: `http://127.0.0.1:${port}` })
    bench.page = await bench.context.newPage()
    await bench.page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(bench.workspace)}`)
    await bench.page.waitForSelector('.monaco-workbench', { timeout: 60000 })
    await bench.page.waitForSelector('.explorer-folders-view .monaco-list-row', { timeout: 60000 })
    return bench
  }

  settings(kind, values) {
    mkdirSync(join(this.work, 'user', kind), { recursive: true })
    writeFileSync(join(this.work, 'user', kind, 'settings.json'), JSON.stringify(values))
  }

  async stop() {
    await this.browser?.close()
    this.server?.kill()
    rmSync(this.work, { recursive: true, force: true, maxRetries: 5 })
  }

  /** Opens a file of the workspace. */
  async open(file) {
    const name = file.split('/').pop()
    for (let tries = 0; tries < 5 && !(await this.text('.tab.active')).includes(name); tries++) {
      await this.box('Control+P', join(this.workspace, file))
      try {
        await this.page.waitForSelector(`.quick-input-list .monaco-list-row[aria-label*="${name}"]`, { timeout: 10000 })
        await this.page.keyboard.press('Enter')
        await until(`${name} is open`, async () => (await this.text('.tab.active')).includes(name), 8000)
      } catch {
        // The box was closed again; once more.
      }
    }
    await until(`${name} is open`, async () => (await this.text('.tab.active')).includes(name), 5000)
    await this.page.waitForSelector('.monaco-editor .view-line')
  }

  /** Runs a command by its title in the palette; says which commands it ran. */
  async command(title) {
    await this.box('F1', `>${title}`)
    await this.page.locator(`.quick-input-list .monaco-list-row[aria-label^="${title}"]`).first().click({ timeout: 20000 })
    this.used.command(title)
  }

  used = new Used()

  /** Opens the box that a key opens and fills it. A window that is busy may miss a key or close the box again, and a webview keeps keys to itself. */
  async box(key, text) {
    for (let tries = 0; tries < 8; tries++) {
      await this.page.keyboard.press('Escape')
      const tab = await this.page.$('.editor-group-container.active .tab.active .label-name')
      await tab?.click()
      await this.page.keyboard.press(key)
      try {
        const input = await this.page.waitForSelector('.quick-input-box input', { state: 'visible', timeout: 4000 })
        await input.fill(text, { timeout: 2000 })
        return
      } catch {
        // Once more.
      }
    }
    throw new Error(`${key} opened no box`)
  }

  /** Chooses an entry of the quick pick that is open. */
  async choose(text, title) {
    if (title !== undefined) {
      await until(`the list "${title}"`, async () => (await this.text('.quick-input-title')).includes(title))
    }
    await this.page.locator(`.quick-input-list .monaco-list-row:has-text(${JSON.stringify(text)})`).first().click()
  }

  /** What the quick pick offers. */
  async offered() {
    await this.page.waitForSelector('.quick-input-list .monaco-list-row')
    return this.page.$$eval('.quick-input-list .monaco-list-row', (rows) => rows.map((row) => row.textContent ?? ''))
  }

  /** Types into the input box that is open. */
  async enter(text) {
    await (await this.page.waitForSelector('.quick-input-box input', { state: 'visible' })).fill(text)
    await this.page.keyboard.press('Enter')
  }

  /** Leaves whatever is open: boxes, menus, a program. */
  async settle() {
    for (let i = 0; i < 3; i++) {
      await this.page.keyboard.press('Escape')
    }
    rmSync(join(this.workspace, 'open'), { force: true })
    if (await this.running()) {
      await this.page.keyboard.press('Shift+F5')
      await until('the program is gone', async () => !(await this.running()))
    }
  }

  /** Closes the editor that is shown. */
  async closeEditor() {
    const shown = await this.text('.tab.active')
    await this.page.click('.tab.active .codicon-close')
    await until('the editor is closed', async () => (await this.text('.tab.active')) !== shown)
  }

  /** Puts the cursor on a line, and a column where one is given. */
  async goTo(line, column = 1) {
    await this.box('Control+G', `:${line}:${column}`)
    await this.page.keyboard.press('Enter')
  }

  /** The rows of a view of ours, as they are read aloud. */
  async rows(view) {
    this.used.view(view)
    return this.page.$$eval(`.pane:has(.pane-header[aria-label*="${view}"]) .monaco-list-row`, (rows) => rows.map((row) => (row.textContent ?? '').replaceAll('\u00a0', ' ')))
  }

  /** Waits for a row. It is looked for again whenever something is done with it: rows are made anew. */
  async row(view, text) {
    const row = this.page.locator(`.pane:has(.pane-header[aria-label*="${view}"]) .monaco-list-row:has-text(${JSON.stringify(text)})`).first()
    await row.waitFor()
    return row
  }

  /** Chooses an entry of a row's context menu. The rows of a program that runs move: a menu of another one is closed again. */
  async menu(view, text, entry) {
    this.used.entry('view/item/context', entry, view)
    const row = this.page.locator(`.pane:has(.pane-header[aria-label*="${view}"]) .monaco-list-row:has-text(${JSON.stringify(text)})`).first()
    for (let tries = 0; ; tries++) {
      await row.click({ button: 'right' })
      const meant = await row.evaluate((one) => one.classList.contains('focused') || one.classList.contains('selected') || getComputedStyle(one).outlineStyle !== 'none')
      const offered = await this.page.locator(`.monaco-menu .action-item:has-text(${JSON.stringify(entry)})`).first().isVisible()
      if ((meant && offered) || tries === 5) {
        break
      }
      await this.page.waitForTimeout(300)
      if (await this.page.locator(`.monaco-menu .action-item:has-text(${JSON.stringify(entry)})`).first().isVisible()) {
        break
      }
      await this.page.keyboard.press('Escape')
    }
    await this.entry(entry)
  }

  /** Does the same until it has its effect: a row that moves while its menu opens may have been another one. */
  async menuUntil(view, text, entry, what, done) {
    for (let tries = 0; tries < 3; tries++) {
      try {
        await this.menu(view, text, entry)
        return await until(what, done, 20000)
      } catch {
        await this.page.keyboard.press('Escape')
        if (await done()) {
          return
        }
      }
    }
    throw new Error(`waited in vain until ${what}`)
  }

  /** Chooses an entry of the menu that is open. One that took a click is closed. */
  async entry(entry) {
    const found = this.entryOf(entry)
    await found.waitFor({ timeout: 30000 })
    for (let tries = 0; tries < 5; tries++) {
      try {
        await found.hover({ timeout: 10000 })
        // A menu takes no click for a tenth of a second; by the page's own clock, which is late where the machine is busy.
        await this.page.evaluate(() => new Promise((done) => setTimeout(done, 200)))
        await found.click({ timeout: 10000 })
        await found.waitFor({ state: 'hidden', timeout: 15000 })
        return
      } catch {
        // Once more, if the menu is still there.
        if (!(await found.isVisible())) {
          return
        }
      }
    }
    throw new Error(`the menu does not take ${entry}`)
  }

  /** Opens a submenu of the menu that is open. */
  async submenu(entry, inside) {
    await this.entryOf(entry).waitFor({ timeout: 30000 })
    for (let tries = 0; tries < 20 && !(await this.entryOf(inside).isVisible()); tries++) {
      await this.entryOf(entry).hover()
      await this.entryOf(entry).click()
      await this.entryOf(inside).waitFor({ timeout: 3000 }).catch(() => undefined)
    }
  }

  /** The entry itself: that of a submenu holds all that is in there. */
  entryOf(entry) {
    return this.page.locator(`.monaco-menu .action-menu-item:has(.action-label:text-is(${JSON.stringify(entry)}))`).last()
  }

  /** Chooses an action at the head of a view, or one behind its three dots. */
  async titleAction(view, title) {
    const head = this.page.locator(`.pane-header[aria-label*="${view}"]`)
    await head.hover()
    const action = head.locator(`.action-label[aria-label^="${title}"]`)
    if ((await action.count()) > 0) {
      await action.click()
    } else {
      await head.locator('.action-label.codicon-toolbar-more').click()
      await this.entry(title)
    }
    this.used.entry('view/title', title, view)
  }

  /** Presses a button at the end of a row. */
  async rowAction(view, text, title) {
    const row = this.page.locator(`.pane:has(.pane-header[aria-label*="${view}"]) .monaco-list-row:has-text(${JSON.stringify(text)})`).first()
    for (let tries = 0; ; tries++) {
      try {
        await row.hover({ timeout: 10000 })
        await row.locator(`.action-label[aria-label^="${title}"]`).click({ timeout: 5000 })
        break
      } catch (error) {
        // The button is there while the mouse is over the row, and rows are drawn anew while a program runs.
        if (tries === 5) {
          throw error
        }
        await this.page.mouse.move(700, 500)
      }
    }
    this.used.entry('inline', title, view)
  }

  /** Chooses an entry of our submenu in the editor's menu, at a piece of code. */
  async editorMenu(code, title) {
    await this.page.locator(`.editor-group-container.active .view-line:has-text(${JSON.stringify(code)})`).first().click({ button: 'right', position: { x: 62, y: 8 } })
    await this.submenu('Tallyho', title)
    this.used.entry('editor/context', 'tallyho.editor')
    await this.entry(title)
    this.used.entry('tallyho.editor', title)
  }

  /** Chooses an entry of the menu of a variable, at a stop. */
  async variableMenu(name, title) {
    const pane = this.page.locator('.pane:has(.pane-header[aria-label*="Variables"])')
    const row = pane.locator('.monaco-list-row').filter({ hasText: new RegExp(`^\\s*${name}`) }).first()
    const closed = pane.locator('.monaco-list-row[aria-expanded="false"]').filter({ hasText: /^\s*Locals/ })
    for (let tries = 0; ; tries++) {
      try {
        if (!(await pane.isVisible())) {
          await this.page.click('.activitybar .action-item:has(a[aria-label^="Run and Debug"])')
        }
        await pane.locator('.monaco-list-row').first().waitFor({ timeout: 10000 })
        if (await closed.isVisible()) {
          await closed.locator('.monaco-tl-twistie').click({ timeout: 5000 })
        }
        await row.click({ button: 'right', timeout: 10000 })
        await this.entryOf(title).waitFor({ timeout: 10000 })
        break
      } catch (error) {
        if (tries === 4) {
          throw error
        }
        await this.page.keyboard.press('Escape')
      }
    }
    await this.entry(title)
    this.used.entry('debug/variables/context', title)
  }

  /** Chooses an entry behind the run button. */
  async runMenu(title) {
    await this.page.locator('.editor-group-container.active .editor-actions .monaco-dropdown-with-primary .dropdown-action-container, .editor-group-container.active .editor-actions .codicon-chevron-down').first().click()
    await this.entry(title)
    this.used.entry('editor/title/run', title)
  }

  /** Does something that opens a box, and leaves that. A box closes by itself when the focus goes elsewhere, as it may where an earlier one has just been left. */
  async leavesBox(open) {
    for (let tries = 0; tries < 5; tries++) {
      await open()
      try {
        await this.page.waitForSelector('.quick-input-box input', { state: 'visible', timeout: 10000 })
        await this.page.keyboard.press('Escape')
        await this.page.waitForSelector('.quick-input-widget', { state: 'hidden', timeout: 10000 })
        return
      } catch {
        await this.page.keyboard.press('Escape')
      }
    }
    throw new Error('no box opened')
  }

  /** Does something until it is seen to have its effect; for what may be done twice. */
  async doesUntil(what, act, seen) {
    for (let tries = 0; tries < 4; tries++) {
      try {
        await act()
        return await until(what, seen, 25000)
      } catch (error) {
        if (tries === 3) {
          throw error
        }
        await this.page.keyboard.press('Escape')
      }
    }
  }

  /** Right-clicks the number of a line. Numbers are drawn anew with their lines. */
  async lineMenu(line, entry) {
    const number = this.page.locator('.editor-group-container.active .margin .line-numbers').filter({ hasText: new RegExp(`^\\s*${line}\\s*$`) }).first()
    for (let tries = 0; ; tries++) {
      try {
        await number.click({ button: 'right', timeout: 10000 })
        await this.entryOf(entry).waitFor({ timeout: 10000 })
        break
      } catch (error) {
        if (tries === 4) {
          throw error
        }
        await this.page.keyboard.press('Escape')
      }
    }
    await this.entry(entry)
    this.used.entry('editor/lineNumber/context', entry)
  }

  /** Shows our views. */
  async activity() {
    // A click on the one that is shown would hide it.
    if (!(await this.page.isVisible('.pane-header[aria-label*="Tracepoints"]'))) {
      await this.page.click('.activitybar .action-item:has(a[aria-label^="Tallyho"])') // a badge takes a click on the icon
    }
    await this.page.waitForSelector('.pane-header[aria-label*="Tracepoints"]')
  }

  /** Does something that starts a program, and returns when it has: the status bar takes another color then, if only for a moment. */
  async starts(what, limit = 60000) {
    const begun = this.page.evaluate(
      (limit) =>
        new Promise((done) => {
          const bar = document.querySelector('.part.statusbar')
          const before = getComputedStyle(bar).backgroundColor
          const end = (seen) => (clearInterval(timer), done(seen))
          const timer = setInterval(() => getComputedStyle(bar).backgroundColor !== before && end(true), 20)
          setTimeout(() => end(false), limit)
        }),
      limit,
    )
    await what()
    return begun
  }

  /** Starts a program with F5; before the workbench has read launch.json the key only opens a view. */
  async startDebugging() {
    for (let tries = 0; tries < 6; tries++) {
      // On a busy machine it may begin after the wait: a second F5 would then find it running.
      if ((await this.starts(() => this.page.keyboard.press('F5'), 20000)) || (await this.running())) {
        return
      }
      console.log('pressing F5 once more')
    }
    throw new Error('the program did not start')
  }

  /** Starts a Jupyter kernel that the test tells what to run. */
  kernel() {
    const program = spawn(this.python, [join(import.meta.dirname, 'kernel.py')], {
      cwd: this.workspace, env: { ...this.environment, PYTHONPATH: this.package }, stdio: ['pipe', 'pipe', 'inherit'],
    })
    let said = ''
    program.stdout.on('data', (data) => (said += data))
    return {
      run: async (cell) => {
        const before = said.length
        program.stdin.write(`${JSON.stringify(cell)}\n`)
        await until('the kernel has run it', () => said.length > before)
        assert.equal(said.slice(before).trim(), 'ok', cell)
      },
      end: () => program.stdin.end(),
    }
  }

  /** Reports whether a debug session is under way; the toolbar stays in the page, hidden, when it has ended. */
  running() {
    return this.page.isVisible('.debug-toolbar')
  }

  /** Has orders.py run on after its last order, until it is told to end. */
  keepOpen() {
    writeFileSync(join(this.workspace, 'open'), '')
  }

  async ended() {
    rmSync(join(this.workspace, 'open'), { force: true })
    await until('the program ends', async () => !(await this.running()) && !/: (running|paused)/.test(await this.text('.statusbar')), 90000)
  }

  /** Returns the text of all elements that match, with plain spaces. */
  async text(selector) {
    return (await this.page.$$eval(selector, (all) => all.map((one) => one.textContent ?? ''))).join('\n').replaceAll('\u00a0', ' ')
  }

  /** Returns the text of a webview's page. */
  async webview(holding) {
    for (const frame of this.page.frames()) {
      try {
        const text = await frame.locator('body').innerText({ timeout: 300 })
        if (text.includes(holding)) {
          return { frame, text }
        }
      } catch {
        // One that is going, or that is not ours to read.
      }
    }
    return undefined
  }

  async lines(within = '.editor-group-container.active') {
    return (await this.page.$$eval(`${within} .monaco-editor .view-line`, (lines) => lines.map((line) => line.textContent ?? ''))).map((line) => line.replaceAll('\u00a0', ' '))
  }

  /** What decorations put beside the lines; it is no text of the page. */
  async behind() {
    return this.page.$$eval('.editor-group-container.active .monaco-editor *', (all) =>
      all.flatMap((one) => ['::before', '::after'].map((which) => getComputedStyle(one, which).content.replaceAll('"', ''))).filter((text) => text.length > 2 && text !== 'none' && text !== 'normal'),
    )
  }

  /** Returns the count behind a line of code in the editor; undefined where there is none. */
  async count(code, within) {
    for (const line of await this.lines(within)) {
      const hint = line.includes(code) ? /×([\d,]+)/.exec(line) : null
      if (hint !== null) {
        return Number(hint[1].replaceAll(',', ''))
      }
    }
    return undefined
  }

  /** Returns the line that the program is stopped at, as the editor marks it; undefined where it marks none. */
  async stoppedAt() {
    const mark = await this.page.$('.monaco-editor .debug-top-stack-frame-line')
    const box = await mark?.boundingBox()
    if (box === undefined || box === null) {
      return undefined
    }
    for (const number of await this.page.$$('.monaco-editor .line-numbers')) {
      const at = await number.boundingBox()
      if (at !== null && Math.abs(at.y - box.y) < box.height / 2) {
        return Number(await number.innerText())
      }
    }
    return undefined
  }

  async clipboard() {
    return this.page.evaluate(() => navigator.clipboard.readText())
  }

  /** Takes a picture, where pictures are wanted, in both of VS Code's own themes. */
  async shot(name, { clip } = {}) {
    if (this.screenshots === undefined) {
      return
    }
    mkdirSync(this.screenshots, { recursive: true })
    for (const kind of ['dark', 'light']) {
      await this.page.emulateMedia({ colorScheme: kind })
      await until(`the theme is ${kind}`, () => this.page.$(kind === 'light' ? '.monaco-workbench.vs' : '.monaco-workbench.vs-dark').then((found) => found !== null))
      await this.page.mouse.move(700, 500)
      await new Promise((wake) => setTimeout(wake, 400)) // colors fade
      await this.page.screenshot({ path: join(this.screenshots, `${name}-${kind}.png`), ...(clip === undefined ? {} : { clip }) })
    }
  }
}

function freePort() {
  return new Promise((give, fail) => {
    const probe = createServer()
    probe.on('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => give(port))
    })
  })
}
