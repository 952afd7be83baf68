// What the manifest offers, and what of it the scenes have used.

import { readFileSync } from 'node:fs'

const { commands, menus, views, viewsWelcome } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).contributes
const titles = new Map(commands.map(({ command, title }) => [title, command]))

export class Used {
  #all = new Set()

  /** A command of the palette, by its title. */
  command(title) {
    this.#all.add(`command ${titles.get(title.replace(/^Tallyho: /, '')) ?? title}`)
  }

  /** An entry of a menu, by its title; of a view's menus also which view. */
  entry(menu, title, view = '') {
    const command = titles.get(title) ?? title
    this.#all.add(`command ${command}`)
    this.#all.add(`${menu} ${view === '' ? '' : `tallyho.${view.toLowerCase()} `}${command}`)
  }

  view(name) {
    this.#all.add(`view tallyho.${name.toLowerCase()}`)
  }

  /** The page that a view shows while it is empty. */
  welcome(name) {
    this.#all.add(`welcome tallyho.${name.toLowerCase()}`)
  }

  /** Returns what the manifest has and nobody has used. */
  missing() {
    return offered().filter((one) => !this.#all.has(one))
  }
}

function offered() {
  const found = commands.map(({ command }) => `command ${command}`)
  for (const [menu, entries] of Object.entries(menus)) {
    for (const { command, submenu, when, group } of menu === 'commandPalette' ? [] : entries) {
      const view = /view == (tallyho\.\w+)/.exec(when ?? '')?.[1]
      const which = menu === 'view/item/context' && group.startsWith('inline') ? 'inline' : menu
      found.push(`${which} ${view === undefined ? '' : `${view} `}${command ?? submenu}`)
    }
  }
  found.push(...Object.values(views).flat().map(({ id }) => `view ${id}`))
  found.push(...viewsWelcome.map(({ view }) => `welcome ${view}`))
  return found
}
