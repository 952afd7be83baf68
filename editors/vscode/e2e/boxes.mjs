// The box at the top of a workbench: the palette, files, lines, quick picks and what is typed into it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Used } from './manifest.mjs'
import { Page } from './page.mjs'
import { STEP, again, patience, soon, until } from './until.mjs'

const input = '.quick-input-widget .quick-input-box input'
const row = '.quick-input-list .monaco-list-row'

export class Boxes extends Page {
  used = new Used()

  /** Opens a file of the workspace. */
  async open(file) {
    const name = file.split('/').pop()
    const shown = async () => (await this.text('.editor-group-container.active .tab.active')).includes(name)
    const waits = patience()
    await again(`open ${file}`, async () => {
      if (await shown()) {
        return true
      }
      await this.box('Control+P', join(this.workspace, file))
      await this.page.waitForSelector(`${row}.focused[aria-label*="${name}"]`, { timeout: waits() })
      await this.page.keyboard.press('Enter')
      return soon(shown)
    })
    this.file = file
    await this.page.waitForSelector('.monaco-editor .view-line')
  }

  /** Runs a command by its title in the palette; says which commands it ran. */
  async command(title) {
    await again(`the command ${title}`, async () => {
      await this.box('F1', `>${title}`)
      await this.press(`${row}[aria-label^="${title}"]`)
      return true
    })
    this.used.command(title)
  }

  /** Opens the box that a key opens and fills it. A webview keeps keys to itself: the tab is clicked first. */
  async box(key, text) {
    const waits = patience()
    await again(`${key} opens a box`, async () => {
      await this.closeBox()
      const tab = await this.page.$('.editor-group-container.active .tab.active .label-name')
      await tab?.click({ timeout: STEP })
      await this.page.keyboard.press(key)
      const limit = waits()
      const box = await this.page.waitForSelector(input, { state: 'visible', timeout: limit })
      await box.fill(text, { timeout: limit })
      return true
    })
  }

  async closeBox() {
    await this.page.keyboard.press('Escape')
    await this.page.waitForSelector('.quick-input-widget', { state: 'hidden', timeout: STEP })
  }

  /** Does something that opens a list and chooses from it, and from those that come after it: pairs of an entry and of the list's title, where it has one. */
  async choose(open, ...choices) {
    await again(`choose ${choices.map(([entry]) => entry)}`, async () => {
      await open()
      for (const [entry, title] of choices) {
        if (title !== undefined && !(await soon(async () => (await this.text('.quick-input-title')).includes(title)))) {
          return false
        }
        await this.press(this.page.locator(row).filter({ hasText: entry }))
      }
      return true
    })
  }

  /** Does something that opens a list, and returns what that offers once there is an entry for each that is wanted. The list is closed again. */
  async offered(open, ...wanted) {
    const rows = await again(`a list with ${wanted}`, async () => {
      await open()
      let found = []
      const fits = async () => {
        found = await this.page.$$eval(row, (rows) => rows.map((row) => row.textContent ?? ''))
        return found.length > 0 && wanted.every((one) => found.some((text) => one.test(text)))
      }
      return (await soon(fits)) && found
    })
    await this.closeBox()
    return rows
  }

  /** Does something that asks for a text, and answers; no text: with the one that is there. */
  async answer(open, text) {
    await again(`answer ${text}`, async () => {
      await open()
      const box = await this.page.waitForSelector(input, { state: 'visible', timeout: STEP })
      if (text !== undefined) {
        await box.fill(text, { timeout: STEP })
      }
      await box.press('Enter', { timeout: STEP })
      return true
    })
  }

  /** Does something that opens a box, and leaves that. */
  async leavesBox(open) {
    await again('leave a box', async () => {
      await open()
      await this.page.waitForSelector(input, { state: 'visible', timeout: STEP })
      await this.closeBox()
      return true
    })
  }

  /** Puts the cursor on a line, and a column where one is given. */
  async goTo(line, column = 1) {
    const there = async () => new RegExp(`Ln ${line}, Col ${column}(?!\\d)`).test(await this.text('.statusbar'))
    await again(`line ${line}`, async () => {
      await this.box('Control+G', `:${line}:${column}`)
      await this.page.keyboard.press('Enter')
      return soon(there)
    })
  }

  /** Puts the cursor into a piece of code of the file that is open. */
  async goToCode(code) {
    const lines = readFileSync(join(this.workspace, this.file), 'utf8').split('\n')
    const line = lines.findIndex((one) => one.includes(code))
    await this.goTo(line + 1, lines[line].indexOf(code) + code.length)
  }

  /** Closes the editor that is shown. */
  async closeEditor() {
    const tabs = () => this.page.$$('.tab').then((all) => all.length)
    const before = await tabs()
    await this.page.click('.editor-group-container.active .tab.active .codicon-close')
    await until('the editor is closed', async () => (await tabs()) < before)
  }
}
