// The menus of a workbench: of lines, code, variables, rows and views.

import { Boxes } from './boxes.mjs'
import { STEP, again, patience, soon } from './until.mjs'

const paneOf = (view) => `.pane:has(.pane-header[aria-label*="${view}"])`

export class Menus extends Boxes {
  /** Does what opens a menu and chooses an entry, in a submenu where two are given, until the menu took it. */
  async fromMenu(open, ...entries) {
    const waits = patience()
    await again(`choose ${entries.join(', ')} in a menu`, async () => {
      if (await this.page.locator('.monaco-menu').first().isVisible()) {
        await this.page.keyboard.press('Escape')
      }
      await this.page.mouse.move(640, 15) // nothing there tells anything
      await open()
      await this.entryOf(entries[0]).waitFor({ timeout: waits() })
      for (const [i, entry] of entries.entries()) {
        const inside = entries[i + 1]
        if (!(await (inside === undefined ? this.take(entry) : this.unfold(entry, inside)))) {
          return false
        }
      }
      return true
    })
  }

  /**
   * Clicks an entry of the menu that is open until the menu took it, which closes it; nothing else tells, as a menu swallows the clicks that it
   * does not take. It takes none in its first tenth of a second: a timer that is set when the menu is there goes off behind the menu's own.
   */
  async take(entry) {
    const found = this.entryOf(entry)
    await found.waitFor({ timeout: STEP })
    await this.page.evaluate(() => new Promise((passed) => setTimeout(passed, 120)))
    let clicked = false
    return soon(async () => {
      if (clicked && !(await found.isVisible())) {
        return true
      }
      // An entry that goes away as the click takes it was not missed.
      await this.press(found).catch((error) => {
        if (!clicked) {
          throw error
        }
      })
      clicked = true
      return soon(async () => !(await found.isVisible()), 1000)
    })
  }

  /** Opens a submenu of the menu that is open. */
  async unfold(entry, inside) {
    await this.entryOf(entry).waitFor({ timeout: STEP })
    return soon(async () => {
      if (!(await this.entryOf(inside).isVisible())) {
        await this.entryOf(entry).hover({ timeout: STEP })
        await this.press(this.entryOf(entry))
        await this.entryOf(inside).waitFor({ timeout: 3000 }).catch(() => undefined)
      }
      return this.entryOf(inside).isVisible()
    })
  }

  /** The entry itself: that of a submenu holds all that is in there. */
  entryOf(entry) {
    return this.page.locator(`.monaco-menu .action-menu-item:has(.action-label:text-is(${JSON.stringify(entry)}))`).last()
  }

  /** Chooses an entry of our submenu in the editor's menu, at a piece of code. */
  async editorMenu(code, title) {
    await this.goToCode(code)
    await this.fromMenu(() => this.page.keyboard.press('Shift+F10'), 'Tallyho', title)
    this.used.entry('editor/context', 'tallyho.editor')
    this.used.entry('tallyho.editor', title)
  }

  /** Right-clicks the number of a line. */
  async lineMenu(line, title) {
    const number = this.page.locator('.editor-group-container.active .margin .line-numbers').filter({ hasText: new RegExp(`^\\s*${line}\\s*$`) })
    await this.fromMenu(() => this.press(number, { button: 'right' }), title)
    this.used.entry('editor/lineNumber/context', title)
  }

  /** Chooses an entry of the menu of a variable, at a stop. */
  async variableMenu(name, title) {
    const pane = this.page.locator(paneOf('Variables'))
    const closed = pane.locator('.monaco-list-row[aria-expanded="false"]').filter({ hasText: /^\s*Locals/ })
    await this.fromMenu(async () => {
      if (!(await pane.isVisible())) {
        await this.press('.activitybar .action-item:has(a[aria-label^="Run and Debug"])')
      }
      await pane.locator('.monaco-list-row').first().waitFor({ timeout: STEP })
      if (await closed.isVisible()) {
        await this.press(closed.locator('.monaco-tl-twistie'))
      }
      await this.press(pane.locator('.monaco-list-row').filter({ hasText: new RegExp(`^\\s*${name}`) }), { button: 'right' })
    }, title)
    this.used.entry('debug/variables/context', title)
  }

  /** Chooses an entry behind the run button. */
  async runMenu(title) {
    const actions = '.editor-group-container.active .editor-actions'
    await this.fromMenu(() => this.press(`${actions} .monaco-dropdown-with-primary .dropdown-action-container, ${actions} .codicon-chevron-down`), title)
    this.used.entry('editor/title/run', title)
  }

  /** Presses a button of a dialog. */
  async dialog(button) {
    await again(`press ${button}`, async () => {
      await this.press(`.monaco-dialog-box .monaco-button:has-text("${button}")`)
      return true
    })
  }

  /** Shows our views. A click on the one that is shown would hide it. */
  async activity() {
    await again('show the views', async () => {
      if (!(await this.page.isVisible('.pane-header[aria-label*="Tracepoints"]'))) {
        await this.press('.activitybar .action-item:has(a[aria-label^="Tallyho"])') // a badge takes a click on the icon
      }
      return soon(() => this.page.isVisible('.pane-header[aria-label*="Tracepoints"]'))
    })
  }

  /** The rows of a view of ours, as they are read aloud. */
  async rows(view) {
    this.used.view(view)
    return this.page.$$eval(`${paneOf(view)} .monaco-list-row`, (rows) => rows.map((row) => (row.textContent ?? '').replaceAll('\u00a0', ' ')))
  }

  /** A row of a view. It is looked for again whenever something is done with it: rows are made anew. */
  row(view, text) {
    return this.page.locator(`${paneOf(view)} .monaco-list-row`).filter({ hasText: text }).first()
  }

  /** Clicks a row, or a part of it. */
  async select(view, text, part) {
    await again(`click ${text}`, async () => {
      await this.page.mouse.move(640, 15)
      await this.press(part === undefined ? this.row(view, text) : this.row(view, text).locator(part))
      return true
    })
  }

  /** Chooses an entry of a row's menu. The rows of a program that runs move: the menu must be the one of the row that is meant. */
  async menu(view, text, title) {
    const waits = patience()
    await this.fromMenu(async () => {
      await this.press(this.row(view, text), { button: 'right' })
      const limit = waits()
      const marked = (one) => one.matches('.focused, .selected, .monaco-list-row[style*="outline"]') || getComputedStyle(one).outlineStyle !== 'none'
      if (!(await soon(() => this.row(view, text).evaluate(marked, undefined, { timeout: limit }), limit))) {
        throw new Error('the menu of another row')
      }
    }, title)
    this.used.entry('view/item/context', title, view)
  }

  /** Chooses an action at the head of a view, or one behind its three dots. */
  async titleAction(view, title) {
    const head = this.page.locator(`.pane-header[aria-label*="${view}"]`)
    const action = head.locator(`.action-label[aria-label^="${title}"]`)
    const hovered = async () => {
      await head.hover({ timeout: STEP })
      return (await action.count()) > 0
    }
    await again(`the action ${title}`, async () => {
      if (await hovered()) {
        await this.press(action)
        return true
      }
      await this.press(head.locator('.action-label.codicon-toolbar-more'))
      return this.take(title)
    })
    this.used.entry('view/title', title, view)
  }

  /**
   * Presses a button at the end of a row. It is there while the mouse is over the row, and rows are drawn anew while a program runs: where
   * that happens between the pressing and the letting go, nothing has been clicked.
   */
  async rowAction(view, text, title) {
    await again(`the button ${title}`, async () => {
      await this.page.mouse.move(640, 15)
      await this.row(view, text).hover({ timeout: STEP })
      const button = await this.there(this.row(view, text).locator(`.action-label[aria-label^="${title}"]`))
      await button.evaluate((one) => {
        window.buttonClicked = false
        one.addEventListener('click', () => (window.buttonClicked = true), { capture: true, once: true })
      })
      // A click that took, and was slow to say so, may have taken the row away: it is not to be looked for again.
      const failed = await button.click({ timeout: STEP }).then(() => undefined, (error) => error)
      if (await this.page.evaluate(() => window.buttonClicked)) {
        return true
      }
      throw failed ?? new Error('nothing was clicked')
    })
    this.used.entry('inline', title, view)
  }
}
