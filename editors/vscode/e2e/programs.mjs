// The programs that a workbench runs: started, attached to and ended.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Menus } from './menus.mjs'
import { STEP, again, soon, until } from './until.mjs'

export class Programs extends Menus {
  /** Does something that starts a program, and returns when it has: the status bar is drawn in another color then, if only for a moment. */
  async starts(what) {
    await this.watchBar()
    await what()
    await until('the program starts', () => this.page.evaluate(() => window.barChanged))
  }

  /**
   * Starts a program with F5; before the workbench has read launch.json the key only opens a view. A first start builds the accelerator: while
   * VS Code says that it is starting, another F5 would start a second program.
   */
  async startDebugging() {
    await this.watchBar()
    await again('F5', async () => {
      if (!(await this.running()) && !(await this.text('.notifications-toasts')).includes('Starting Python')) {
        await this.page.keyboard.press('F5')
      }
      return until('', () => this.page.evaluate(() => window.barChanged), 3 * STEP)
    })
  }

  /** Has the page note when the status bar takes another color from now on. */
  watchBar() {
    return this.page.evaluate(() => {
      window.barWatch?.disconnect()
      window.barChanged = false
      const color = () => getComputedStyle(document.querySelector('.part.statusbar')).backgroundColor
      const before = color()
      window.barWatch = new MutationObserver((_, watch) => {
        window.barChanged ||= color() !== before
        if (window.barChanged) {
          watch.disconnect()
        }
      })
      window.barWatch.observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['class', 'style'] })
    })
  }

  /** Starts a Jupyter kernel that the test tells what to run. */
  kernel() {
    const program = this.program(this.python, [join(import.meta.dirname, 'kernel.py')], 'pipe')
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

  /** Starts a program in the workspace, outside the workbench. */
  program(command, args, stdin = 'ignore') {
    return spawn(command, args, { cwd: this.workspace, env: { ...this.environment, PYTHONPATH: this.package }, stdio: [stdin, 'pipe', 'inherit'] })
  }

  /** Reports whether a debug session is under way; the toolbar stays in the page, hidden, when it has ended. */
  running() {
    return this.page.isVisible('.debug-toolbar')
  }

  /** Has orders.py run on after its last order, until it is told to end. */
  keepOpen() {
    writeFileSync(join(this.workspace, 'open'), '')
  }

  /** Ends all sessions, or leaves the programs that were attached to. */
  async leave() {
    await again('Shift+F5', async () => {
      await this.page.keyboard.press('Shift+F5')
      return soon(async () => !(await this.running()))
    })
    await this.ended()
  }

  async ended() {
    rmSync(join(this.workspace, 'open'), { force: true })
    await until('the program ends', async () => !(await this.running()) && !/: (running|paused)/.test(await this.text('.statusbar')))
  }

  /** Leaves whatever is open: boxes, menus, a program. */
  async settle() {
    for (let i = 0; i < 3; i++) {
      await this.page.keyboard.press('Escape')
    }
    rmSync(join(this.workspace, 'open'), { force: true })
    if (await this.running()) {
      await this.leave()
    }
  }
}
