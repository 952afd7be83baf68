// What is left: the menu, the server, the walkthrough, and the end of all runs.

import assert from 'node:assert/strict'
import { until } from '../until.mjs'

export const last = {
  'the rest': async (b) => {
    const offered = (await b.offered(() => b.press('.statusbar-item[id*="tallyho"] a'), /Start…/)).join('\n')
    assert.match(offered, /Start….*[^]*Compare Runs…[^]*Show Counts as Coverage/)
    await b.choose(() => b.command('Tallyho: Menu…'), ['Show Values'])
    await b.command('Tallyho: Restart Language Server')
    await b.open('orders.py')
    await until('hints come back', async () => (await b.lines()).some((line) => /×\d/.test(line)))
    await b.command('Tallyho: First Steps')
    await until('the walkthrough', async () => /Run a file/.test(await b.text('.gettingStartedContainer')))
    await b.shot('steps')
    await b.command('Tallyho: Delete All Runs…')
    await b.dialog('Delete')
    await until('no run is left', async () => /Nothing ran yet/.test(await b.text('.pane:has(.pane-header[aria-label*="Runs"])')))
  },
}
