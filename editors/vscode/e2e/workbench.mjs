// A real VS Code workbench for tests: code-server with the packaged extension, in a headless browser.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Programs } from './programs.mjs'
import { LIMIT, until } from './until.mjs'

const settings = {
  'workbench.startupEditor': 'none', 'telemetry.telemetryLevel': 'off', 'debug.openDebug': 'neverOpen', 'editor.inlayHints.maximumLength': 0,
  'workbench.tips.enabled': false, 'extensions.ignoreRecommendations': true, 'window.commandCenter': false, 'chat.commandCenter.enabled': false,
  'editor.minimap.enabled': false, 'window.autoDetectColorScheme': true,
  'workbench.hover.delay': 3_600_000, // what a row tells where the mouse rests would lie over the row below it
}

export class Workbench extends Programs {
  /** Starts one on a folder. user and machine are settings; fill puts files into the workspace first. */
  static async start({ tools, tallyho, vsix, screenshots, fill, user = {}, machine = {} }) {
    const bench = new Workbench(tools, screenshots)
    try {
      fill(bench.workspace)
      bench.settings('User', { ...settings, ...user })
      bench.settings('Machine', { ...(tallyho === undefined ? {} : { 'tallyho.path': tallyho }), ...machine })
      await bench.begin(tools, vsix)
    } catch (error) {
      console.log(bench.log.slice(-3000))
      await bench.stop()
      throw error
    }
    return bench
  }

  async begin(tools, vsix) {
    // Where the servers listen that F5 starts: each by the variable that it reads by itself. PORT would move code-server.
    for (const name of ['FLASK_RUN_PORT', 'UVICORN_PORT', 'DJANGO_PORT']) {
      this.environment[name] = String(await freePort())
    }
    delete this.environment.PORT
    const installed = spawnSync(process.execPath, [...this.codeServer, '--install-extension', vsix], { env: this.environment, encoding: 'utf8' })
    assert.equal(installed.status, 0, installed.stderr)
    await this.show(tools, await this.serve())
  }

  constructor(tools, screenshots) {
    super()
    this.screenshots = screenshots
    this.work = mkdtempSync(join(tmpdir(), 'tallyho-e2e-'))
    this.workspace = join(this.work, 'workspace')
    mkdirSync(this.workspace)
    // Folders of its own: what people ran with Tallyho before is not to be seen. Without a gallery VS Code asks no server for extensions.
    this.environment = { ...process.env, EXTENSIONS_GALLERY: '{}' }
    for (const name of ['CONFIG_HOME', 'DATA_HOME', 'CACHE_HOME', 'STATE_HOME', 'RUNTIME_DIR']) {
      this.environment[`XDG_${name}`] = join(this.work, name.toLowerCase())
      mkdirSync(this.environment[`XDG_${name}`], { recursive: true, mode: 0o700 })
    }
    // The accelerator for the programs' Python is built once, and not for each window.
    mkdirSync(join(tools, 'native'), { recursive: true, mode: 0o700 })
    mkdirSync(join(this.environment.XDG_CACHE_HOME, 'tallyho'), { mode: 0o700 })
    symlinkSync(join(tools, 'native'), join(this.environment.XDG_CACHE_HOME, 'tallyho', 'native'))
    const entry = join(tools, 'node_modules/code-server/out/node/entry.js')
    this.codeServer = [entry, '--user-data-dir', join(this.work, 'user'), '--extensions-dir', join(this.work, 'extensions')]
    this.log = ''
  }

  settings(kind, values) {
    mkdirSync(join(this.work, 'user', kind), { recursive: true })
    writeFileSync(join(this.work, 'user', kind, 'settings.json'), JSON.stringify(values))
  }

  /** Starts the server and returns its address. */
  async serve() {
    const port = await freePort()
    const quiet = ['--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust']
    this.server = spawn(process.execPath, [...this.codeServer, ...quiet, '--bind-addr', `127.0.0.1:${port}`, this.workspace], {
      env: this.environment, stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.server.stdout.on('data', (data) => (this.log += data))
    this.server.stderr.on('data', (data) => (this.log += data))
    const address = `http://127.0.0.1:${port}`
    // What it says is no sign: it listens in several places, one after the other.
    await until('code-server answers', () => fetch(`${address}/healthz`).then(({ ok }) => ok, () => false))
    return address
  }

  /** Opens the window. */
  async show(tools, address) {
    const { chromium } = createRequire(join(tools, 'package.json'))('playwright-core')
    this.browser = await chromium.launch({ executablePath: join(tools, 'chromium'), args: ['--no-sandbox', '--disable-gpu'], timeout: LIMIT })
    this.context = await this.browser.newContext({ viewport: { width: 1280, height: 800 } })
    this.context.setDefaultTimeout(LIMIT)
    await this.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: address })
    this.page = await this.context.newPage()
    await this.page.goto(`${address}/?folder=${encodeURIComponent(this.workspace)}`)
    await this.page.waitForSelector('.monaco-workbench')
    await this.page.waitForSelector('.explorer-folders-view .monaco-list-row')
  }

  async stop() {
    await this.browser?.close()
    this.server?.kill()
    rmSync(this.work, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Returns a port that nobody listens on. It is none of those that systems hand out to whoever asks for any: that a browser connects takes it from nobody. */
function freePort() {
  return new Promise((give) => {
    const probe = createServer()
    const look = () => probe.listen(10_000 + Math.floor(Math.random() * 22_000), '127.0.0.1')
    probe.on('error', look)
    probe.on('listening', () => {
      const { port } = probe.address()
      probe.close(() => give(port))
    })
    look()
  })
}
