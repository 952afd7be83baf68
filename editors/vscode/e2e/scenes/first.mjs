// The first minute: a file is run, and its lines and values say what it did.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'

const sum = 'total = order.cents'

export const first = {
  'F5 on a file, without any configuration': async (b) => {
    await b.open('orders.py')
    await until('the extension is active', async () => /Tallyho/.test(await b.text('.statusbar')) && !/Activating/.test(await b.text('.statusbar')))
    await b.activity()
    for (const [view, words] of [['Runs', 'Nothing ran yet'], ['Tracepoints', 'A tracepoint shows'], ['Records', 'What tracepoints record']]) {
      await until(`${view} says what it is for`, async () => (await b.text(`.pane:has(.pane-header[aria-label*="${view}"])`)).includes(words))
      b.used.welcome(view)
    }
    b.keepOpen()
    await b.startDebugging()
    await until('a count while it runs', () => b.count(sum))
    await until('the status bar tells', async () => /orders\.py: running · [\d,]+ hits/.test(await b.text('.statusbar')))
    await until('it grows', async () => (await b.count(sum)) === 60)
    await b.shot('run')
    await b.ended()
    await until('the count stays', async () => (await b.count(sum)) === 60)
    await until('the status bar tells of the end', async () => /orders\.py: ended · [\d,]+ hits/.test(await b.text('.statusbar')))
    await until('the run is in the view', async () => (await b.rows('Runs')).some((row) => /orders\.py.*hits/.test(row)))
  },

  'values follow the cursor': async (b) => {
    await b.command('Tallyho: Show Values')
    await b.goTo(16, 9)
    const { text } = await until('a table with a column for each hit', () => b.webview('60 hits'))
    b.used.view('Values')
    assert.match(text, /total\s+1200\s+1300\s+1260/)
    await b.goTo(23, 1)
    await until('a line that never ran says so', () => b.webview('It has not run'))
    await b.goTo(16, 9)
    await until('the table is back', () => b.webview('60 hits'))
    await b.shot('values')
  },
}
