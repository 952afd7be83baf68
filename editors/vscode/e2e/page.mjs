// What the window of a workbench shows, as a person reads it.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { STEP, soon, until } from './until.mjs'

export class Page {
  /**
   * Clicks an element that is there now, and returns once the click has reached it. It fails where the element moves away or goes before.
   * What a busy machine was slow to say after the click is no failure: a second click would take back what a first one had switched on.
   */
  async press(selected, options = {}) {
    await this.page.evaluate(() => (window.letGo = undefined))
    const element = await this.there(selected)
    try {
      await element.evaluate((one) => one.addEventListener('mouseup', (event) => (window.letGo = event), { capture: true, once: true }))
      await element.click({ timeout: STEP, ...options })
    } catch (error) {
      if (!(await this.page.evaluate(() => window.letGo !== undefined))) {
        throw error
      }
    } finally {
      await element.dispose()
    }
  }

  /** Returns the first element that a selector or a locator finds; a locator alone would be asked again when the element is drawn anew. */
  there(selected) {
    const found = typeof selected === 'string' ? this.page.locator(selected) : selected
    return found.first().elementHandle({ timeout: STEP })
  }

  /** Returns the text of all elements that match, with plain spaces. */
  async text(selector) {
    return (await this.page.$$eval(selector, (all) => all.map((one) => one.textContent ?? ''))).join('\n').replaceAll('\u00a0', ' ')
  }

  /** Returns the text of a webview's page. */
  async webview(holding) {
    for (const frame of this.page.frames()) {
      try {
        const text = await frame.locator('body').innerText({ timeout: 1000 })
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
    return this.page.evaluate(() => {
      const mark = document.querySelector('.monaco-editor .debug-top-stack-frame-line')?.getBoundingClientRect()
      const numbers = mark === undefined ? [] : [...document.querySelectorAll('.monaco-editor .line-numbers')]
      const beside = numbers.find((one) => Math.abs(one.getBoundingClientRect().y - mark.y) < mark.height / 2)
      return beside === undefined ? undefined : Number(beside.textContent)
    })
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
      await this.page.mouse.move(640, 15) // nothing there tells anything
      await soon(async () => (await this.page.locator('.monaco-hover:visible').count()) === 0)
      await this.page.screenshot({ path: join(this.screenshots, `${name}-${kind}.png`), animations: 'disabled', ...(clip === undefined ? {} : { clip }) })
    }
  }
}
