// Starting: tests, the ways that are offered, and programs of several kinds.

import assert from 'node:assert/strict'
import { again, until } from '../until.mjs'

const start = (b) => () => b.command('Tallyho: Start…')

/** Presses F5 on a file of a server, asks that once, and waits for what a line tells then. */
async function served(b, file, port, [path, how], told) {
  await b.open(file)
  await b.startDebugging()
  const asked = () => fetch(`http://127.0.0.1:${port}${path}`, how).then(({ ok }) => ok, () => false)
  await until(`${file} answers`, asked)
  await until('its lines tell', async () => (await b.lines()).some((line) => told.test(line)))
  await b.leave()
}

export const started = {
  'tests': async (b) => {
    await b.open('tests/test_orders.py')
    await until('lenses', async () => (await b.text('.codelens-decoration')).split('Trace test').length > 4)
    await b.editorMenu('money', 'Trace Test at Cursor')
    await until('the failure is told', async () => `${await b.behind()} ${await b.text('.editor-instance')}`.includes('assert -840 == 840'))
    await b.ended()
    await until('the run has the name of the test', async () => /test_refund: ended/.test(await b.text('.statusbar')))
    await until('its line has values', async () => (await b.lines()).some((line) => /money = refund.*-840/.test(line)))
    await b.page.keyboard.press('Escape')
    await b.shot('test')
    await again('the lens', async () => {
      await b.press('.codelens-decoration a:has-text("Trace tests")')
      return true
    })
    await until('a unittest passes', async () => (await b.page.$$('.codicon-testing-passed-icon, .testing-run-glyph.codicon-testing-passed-icon')).length > 0)
    await b.ended()
  },

  'F5 on a file of tests': async (b) => {
    const ran = async () => (await b.rows('Runs')).length
    await b.activity()
    const before = await ran()
    await b.startDebugging()
    await until('its tests ran', async () => (await ran()) > before)
    await b.ended()
    await until('the test ran, with each of its parameters', async () => (await b.count('order = Order("tea"')) === 3)
  },

  'F5 on a Flask app': (b) =>
    served(b, 'front.py', b.environment.FLASK_RUN_PORT, ['/hello/ann'], /greeting = f.*×1 .*'hello ann'/),

  'F5 on a FastAPI app': async (b) => {
    const tea = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: 'tea', cents: 650, count: 2 }) }
    await served(b, 'api.py', b.environment.UVICORN_PORT, ['/orders', tea], /total = item.cents.*×1 .*total=1300/)
    assert.ok((await b.lines()).some((line) => /async def order.*×1 .*item=Item\(/.test(line)), 'the arguments of the endpoint')
    assert.ok(!(await b.lines()).some((line) => /name: str.*×/.test(line)), 'nothing is told of what only declares')
  },

  'F5 in a Django project': async (b) => {
    await served(b, 'menus/pages/views.py', b.environment.DJANGO_PORT, ['/menu/Bern/'], /dishes = DISHES.*×1 .*'soup'/)
    await b.offered(start(b), /Django/)
  },

  'ways to start': async (b) => {
    await b.open('tests/test_orders.py')
    await b.goTo(13, 5)
    await b.offered(start(b), /test test_discount/, /tests of this file/, /^this file/, /a module…/, /attach to a program…/)
    await b.starts(() => b.choose(start(b), ['test test_discount']))
    await b.ended()
    await until('the test ran, with each of its parameters', async () => (await b.count('order = Order("tea"')) === 3)
    await b.open('web.py')
    await b.offered(start(b), /Flask/)
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
      await until(`${file} has values`, async () => (await b.lines()).some((line) => line.includes(code) && want.test(line)))
    }
  },
}
