// Drives the packaged extension in a real VS Code workbench (code-server in a headless browser): a program is traced with
// F5, its answers are read from the debug console and from the ends of the source lines.
//
// Usage: node e2e.mjs TOOLS TALLYHO VSIX [SCREENSHOTS]    after ./setup, which makes TOOLS

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const [tools, tallyho, vsix, screenshots] = process.argv.slice(2).map((path) => resolve(path))
const { chromium } = createRequire(join(tools, 'package.json'))('playwright-core')
const entry = join(tools, 'node_modules/code-server/out/node/entry.js')
const examples = resolve(import.meta.dirname, '../../../examples')

const work = mkdtempSync(join(tmpdir(), 'tallyho-e2e-'))
// Without a gallery VS Code asks no server for extensions.
const environment = { ...process.env, EXTENSIONS_GALLERY: '{}', XDG_CONFIG_HOME: join(work, 'config'), XDG_DATA_HOME: join(work, 'data') }
const folders = ['--user-data-dir', join(work, 'user'), '--extensions-dir', join(work, 'extensions')]

const workspace = join(work, 'workspace')
cpSync(examples, workspace, { recursive: true })
mkdirSync(join(workspace, '.vscode'))
writeFileSync(
  join(workspace, '.vscode/launch.json'),
  JSON.stringify({
    version: '0.2.0',
    configurations: [
      {
        name: 'shop',
        type: 'tallyho',
        request: 'launch',
        program: '${workspaceFolder}/shop_main.py',
        args: ['50', '0.2'],
        trace: ["Q(module_sw='shop', function='discount', kind='return')"],
      },
    ],
  }),
)
writeFileSync(join(workspace, '.vscode/settings.json'), JSON.stringify({ 'editor.inlayHints.maximumLength': 0 }))
// The binary's path is a setting of the machine that the extension runs on.
settings('User', { 'workbench.startupEditor': 'none', 'telemetry.telemetryLevel': 'off', 'debug.openDebug': 'neverOpen' })
settings('Machine', { 'tallyho.path': tallyho })

const install = spawnSync(process.execPath, [entry, ...folders, '--install-extension', vsix], { env: environment, encoding: 'utf8' })
assert.equal(install.status, 0, install.stderr)

const port = await freePort()
const server = spawn(
  process.execPath,
  [entry, ...folders, '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry', '--disable-update-check',
    '--disable-workspace-trust', workspace],
  { env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
)
let log = ''
server.stdout.on('data', (data) => (log += data))
server.stderr.on('data', (data) => (log += data))

let browser
let page
try {
  await until('code-server listens', () => log.includes('listening on') || undefined)
  browser = await chromium.launch({ executablePath: join(tools, 'chromium'), args: ['--no-sandbox', '--disable-gpu'] })
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } })
  await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(workspace)}`)
  await page.waitForSelector('.monaco-workbench', { timeout: 60000 })

  await open(join(workspace, 'shop/pricing.py'))
  await until('extensions are active', async () => !(await text('.statusbar')).includes('Activating Extensions') || undefined)

  await startDebugging()
  const first = await until('a count at "return amount"', async () => count('return amount * coupon.percent'))
  await until('an answer in the debug console', async () => (await text('.repl')).includes('discount') || undefined)
  await until('a higher count while the program runs', async () => {
    const now = await count('return amount * coupon.percent')
    return now > first && (await running()) ? now : undefined
  })
  await shot('running')
  await page.click('.codelens-decoration >> text=/^trace calls/')
  await until('the lens takes it back', async () => (await lenses()).includes('stop tracing calls') || undefined)
  await page.click('.codelens-decoration >> text=stop tracing calls')
  await until('the lens offers it again', async () => !(await lenses()).includes('stop tracing calls') || undefined)

  await until('the program ends', async () => !(await running()) || undefined, 60000)
  await until('the last count', async () => (await count('return amount * coupon.percent')) === 110 || undefined)
  await until('the lens of the last count', async () => (await lenses()).includes('110 calls') || undefined)
  await shot('ended')

  await breakpoint(8)
  await page.keyboard.press('Control+Shift+D')
  await startDebugging()
  await until('the program stops at line 8', async () => (await stoppedAt()) === 8 || undefined)
  await until('the stack', async () => /discount[^]*price[^]*total[^]*serve[^]*main/.test(await text('.debug-call-stack')) || undefined)
  await until('the variables', async () => /amount\s*=\s*650/.test(await text('.debug-variables')) || undefined)
  await shot('stopped')
  await page.keyboard.press('F10')
  await until('a step to the caller', async () => [18, 19].includes(await stoppedAt()) || undefined)
  await evaluate('total - 1')
  await until('what an expression is', async () => /total - 1\s+\d+/.test(await text('.repl')) || undefined)
  await shot('stepped')
  await breakpoint(8)
  await page.keyboard.press('F5')
  await until('the program ends', async () => !(await running()) || undefined, 60000)
  console.log('ok: hints and answers appeared, grew while the program ran, and stayed; a breakpoint stopped it, steps and values were right')
} catch (error) {
  await shot('failed')
  console.log(log.slice(-4000))
  console.error(error)
  process.exitCode = 1
} finally {
  await browser?.close()
  server.kill()
  rmSync(work, { recursive: true, force: true, maxRetries: 5 })
}

/** Opens a file by the quick-open box. */
async function open(path) {
  await page.waitForSelector('.explorer-folders-view .monaco-list-row', { timeout: 30000 })
  await page.keyboard.press('Control+P')
  await (await page.waitForSelector('.quick-input-box input')).fill(path)
  await page.waitForSelector('.quick-input-list .monaco-list-row[aria-label*="pricing.py"]', { timeout: 30000 })
  await page.keyboard.press('Enter')
  await page.waitForSelector('.monaco-editor .view-line', { timeout: 30000 })
}

/** Sets a breakpoint at a line of the open file, or takes it away. */
async function breakpoint(line) {
  await page.click('.monaco-editor .view-lines')
  await page.keyboard.press('Control+G')
  await (await page.waitForSelector('.quick-input-box input')).fill(`:${line}`)
  await page.keyboard.press('Enter')
  await page.keyboard.press('F9')
}

/** Returns the line that the program is stopped at, as the editor marks it; undefined where it marks none. */
async function stoppedAt() {
  const mark = await page.$('.monaco-editor .debug-top-stack-frame-line')
  const box = await mark?.boundingBox()
  if (box === undefined || box === null) {
    return undefined
  }
  for (const number of await page.$$('.monaco-editor .line-numbers')) {
    const at = await number.boundingBox()
    if (at !== null && Math.abs(at.y - box.y) < box.height / 2) {
      return Number(await number.innerText())
    }
  }
  return undefined
}

/** Evaluates an expression in the debug console. */
async function evaluate(expression) {
  await page.click('.repl-input-wrapper .monaco-editor')
  await page.keyboard.type(expression)
  await page.keyboard.press('Enter')
}

/** Presses F5 until the program runs: before the workbench has read launch.json the key only opens a view. */
async function startDebugging() {
  for (let tries = 0; tries < 5; tries++) {
    await page.keyboard.press('F5')
    try {
      await page.waitForSelector('.debug-toolbar', { timeout: 6000 })
      return
    } catch {
      console.log('pressing F5 once more')
    }
  }
  throw new Error('the program did not start')
}

/** Reports whether a debug session is under way; the toolbar stays in the page, hidden, when it has ended. */
function running() {
  return page.isVisible('.debug-toolbar')
}

/** Returns the text of the first element that matches, with plain spaces. */
async function text(selector) {
  const element = await page.$(selector)
  return element === null ? '' : (await element.innerText()).replaceAll('\u00a0', ' ')
}

/** Returns what the code lenses say, one after the other. */
async function lenses() {
  return (await page.$$eval('.codelens-decoration', (all) => all.map((lens) => lens.textContent ?? ''))).join(' | ')
}

/** Returns the count behind a line of code in the editor; undefined where there is none. */
async function count(code) {
  for (const line of await page.$$eval('.monaco-editor .view-line', (lines) => lines.map((line) => line.textContent ?? ''))) {
    const shown = line.replaceAll('\u00a0', ' ')
    const hint = shown.includes(code) ? /×([\d,]+)/.exec(shown) : null
    if (hint !== null) {
      return Number(hint[1].replaceAll(',', ''))
    }
  }
  return undefined
}

/** Polls until the function returns something other than undefined. */
async function until(what, get, limit = 30000) {
  const end = Date.now() + limit
  for (;;) {
    const got = await get()
    if (got !== undefined) {
      return got
    }
    if (Date.now() > end) {
      throw new Error(`waited in vain until ${what}`)
    }
    await new Promise((wake) => setTimeout(wake, 100))
  }
}

function settings(kind, values) {
  mkdirSync(join(work, 'user', kind), { recursive: true })
  writeFileSync(join(work, 'user', kind, 'settings.json'), JSON.stringify(values))
}

async function shot(name) {
  if (screenshots !== undefined && page !== undefined) {
    mkdirSync(screenshots, { recursive: true })
    await page.screenshot({ path: join(screenshots, `${name}.png`) })
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
