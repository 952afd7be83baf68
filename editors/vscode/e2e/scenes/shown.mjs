// What is shown of runs: heat, coverage, comparisons, pages; and what stands in menus for it.

import { leads, once, until } from '../until.mjs'
import { is, isNot } from './traced.mjs'

const heat = async (b) => (await b.page.$$('.glyph-margin-widgets .cgmr[class*="ced-"], .margin-view-overlays [class*="ced-"]')).length > 3

const dimmed = async (b) => {
  const all = await b.page.$$eval('.view-line span span', (spans) => spans.filter((one) => Number(getComputedStyle(one).opacity) < 0.6).map((one) => one.textContent))
  return all.join('').includes('price')
}

const hints = async (b) => (await b.lines()).some((line) => /×\d/.test(line))

const percentages = (b) => until('percentages', async () => /orders\.py[^]*?\d+(\.\d+)?%/.test(await b.text('.pane:has(.pane-header[aria-label*="Coverage"])')))

const isShown = (b, wanted) => async () => (await b.rows('Runs')).some((row) => /shown/.test(row)) === wanted

const chosen = (b, what, wanted) => until(what, isShown(b, wanted))

export const shown = {
  'heat, lines that never ran, hints': async (b) => {
    const [heatCommand, dimCommand, hintsCommand] = ['Show or Hide Heat', 'Dim or Show Lines That Never Ran', 'Show or Hide Hints'].map((title) => () => b.command(`Tallyho: ${title}`))
    await b.open('orders.py')
    await b.goTo(23, 5)
    await once('bars in the gutter', heatCommand, () => heat(b))
    await once('a dimmed line', dimCommand, () => dimmed(b))
    await b.shot('heat')
    await once('no hint', hintsCommand, async () => !(await hints(b)))
    await once('hints', hintsCommand, () => hints(b))
    await once('no bars', heatCommand, async () => !(await heat(b)))
    await once('nothing is dimmed', dimCommand, async () => !(await dimmed(b)))
  },

  'coverage': async (b) => {
    await b.command('Tallyho: Show Counts as Coverage')
    await percentages(b)
    await b.shot('coverage')
    await b.activity()
  },

  'runs': async (b) => {
    await b.choose(() => b.command('Tallyho: Compare Runs…'), ['orders.py', 'Compare which run?'], ['orders.py', '… with which other?'])
    await until('the page', () => b.webview('Two runs'))
    await b.closeEditor()
    await b.choose(() => b.command('Tallyho: Choose Run…'), ['orders.py', 'Show the annotations'])
    await chosen(b, 'it is the one that is shown', true)
    await b.command('Tallyho: Show the Newest Run of Each File')
    await chosen(b, 'none is', false)
    const before = (await b.rows('Runs')).filter((row) => /hits/.test(row)).length
    await leads('one less', () => b.menu('Runs', 'orders.py', 'Delete Run…'), async () => (await b.rows('Runs')).length < before)
    await b.select('Runs', 'orders.py')
    await until('its files', async () => (await b.rows('Runs')).some((row) => /% ran/.test(row)))
    await b.answer(() => b.choose(() => b.command('Tallyho: Save Run as a Page…'), ['orders.py', 'Save which run']))
    await until('it is written', async () => /The run is in|the run is in/.test(await b.text('.notifications-toasts')))
  },

  'what stands in menus': async (b) => {
    await b.leavesBox(() => b.titleAction('Runs', 'Start…'))
    await b.leavesBox(() => b.titleAction('Runs', 'Compare Runs…'))
    await leads('it is shown', () => b.rowAction('Runs', 'orders.py', 'Choose Run…'), isShown(b, true))
    await b.titleAction('Runs', 'Show the Newest Run of Each File')
    await chosen(b, 'none is', false)
    await leads('it is shown', () => b.menu('Runs', 'hits', 'Choose Run…'), isShown(b, true))
    await b.command('Tallyho: Show the Newest Run of Each File')
    await b.leavesBox(() => b.menu('Runs', 'hits', 'Compare Runs…'))
    await b.leavesBox(() => b.menu('Runs', 'hits', 'Save Run as a Page…'))
    await b.open('orders.py')
    await b.goTo(23, 5)
    for (const [what, seen, was] of [['Show or Hide Heat', heat, false], ['Dim or Show Lines That Never Ran', dimmed, false], ['Show or Hide Hints', hints, true]]) {
      await until(`${what}: as it begins`, async () => (await seen(b)) === was)
      await once(`${what}: another look`, () => b.titleAction('Runs', what), async () => (await seen(b)) !== was)
      await once(`${what}: as before`, () => b.titleAction('Runs', what), async () => (await seen(b)) === was)
    }
    await b.titleAction('Runs', 'Delete All Runs…')
    await b.dialog('Cancel')
    await b.titleAction('Runs', 'Show Counts as Coverage')
    await percentages(b)
    await b.activity()
    await b.open('orders.py')
    await b.leavesBox(() => b.runMenu('Start…'))
    await b.starts(() => b.runMenu('Trace Python File'))
    await b.ended()
    await once('a logpoint', () => b.editorMenu('def price', 'Trace This Line'), is(b, /orders\.py:1[56] log/))
    await once('once more takes it away', () => b.editorMenu('def price', 'Trace This Line'), isNot(b, /orders\.py:1[56] log/))
    await once('calls of refund', () => b.editorMenu('def refund', 'Trace This Function'), is(b, /calls of refund/))
    await leads('none of refund', () => b.rowAction('Tracepoints', 'calls of refund', 'Remove Tracepoint'), isNot(b, /calls of refund/))
    await once('uses of it', () => b.editorMenu('    total', 'Trace Every Use of This Name'), is(b, /every use of total/))
    await leads('no uses', () => b.rowAction('Tracepoints', 'every use of', 'Remove Tracepoint'), isNot(b, /every use of/))
    await b.editorMenu('    total', 'Show Values')
  },
}
