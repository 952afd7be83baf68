import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[]
    readonly menus: Readonly<Record<string, readonly { readonly command?: string }[]>>
    readonly keybindings: readonly { readonly command: string; readonly key: string }[]
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>
    readonly viewsWelcome: unknown
    readonly walkthroughs: unknown
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly description?: string; readonly markdownDescription?: string }>> }
  }
}

const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const sources = readdirSync('src').map((file) => readFileSync(`src/${file}`, 'utf8')).join('\n')
const contributed = contributes.commands.map((one) => one.command)

/** The commands that the sources register, also those whose name is put together. */
function registered(id: string): boolean {
  const last = id.split('.').pop()
  const named = sources.includes(`'${id}'`)
  const built = /^tallyho\.(trace|tracepoints)\./.test(id) && new RegExp(`\\b(at|on|onRow)\\('${last}'`).test(sources)
  return named || built
}

test('manifest: every command is registered, and every menu, key, view and button names one', () => {
  for (const id of contributed) {
    assert.ok(registered(id), `${id} is registered nowhere`)
  }
  const menus = Object.values(contributes.menus).flat()
  for (const { command } of [...menus, ...contributes.keybindings] as readonly { readonly command?: string }[]) {
    assert.ok(command === undefined || contributed.includes(command), command)
  }
  const texts = JSON.stringify([contributes.viewsWelcome, contributes.walkthroughs])
  for (const [, command] of texts.matchAll(/\(command:([\w.]+)\)/g)) {
    assert.ok(command !== undefined && contributed.includes(command), command)
  }
})

test('manifest: keys do not collide', () => {
  const keys = contributes.keybindings.map((one) => one.key)
  assert.equal(new Set(keys).size, keys.length)
})

test('manifest: views and pictures are there', () => {
  const views = Object.values(contributes.views).flat()
  for (const { id } of views) {
    assert.ok(sources.includes(`'${id}'`), id)
  }
  for (const [, path] of JSON.stringify(contributes).matchAll(/"(media\/[^"]+)"/g)) {
    assert.ok(path !== undefined && existsSync(path), path)
  }
})

test('manifest: settings of the extension are read, and each has a description', () => {
  for (const [name, setting] of Object.entries(contributes.configuration.properties)) {
    assert.ok(setting.description || setting.markdownDescription, name)
  }
})

// The workbench's test (e2e) looks at its end for what it has not used; this says so where there is no browser.
test('manifest: the scenes name every command', () => {
  const scenes = readdirSync('e2e/scenes').map((name) => readFileSync(`e2e/scenes/${name}`, 'utf8')).join('')
  assert.deepEqual(contributes.commands.filter(({ title }) => !scenes.includes(title)).map(({ title }) => title), [])
})
