// Tracepoints: asked for at lines and in the form, with their records, and all that can be done with them.

import assert from 'node:assert/strict'
import { leads, once, until } from '../until.mjs'

/** Waits until a row of the tracepoints is as wanted. */
const traced = (b, what, wanted) => until(what, async () => (await b.rows('Tracepoints')).some((row) => wanted.test(row)))

const is = (b, wanted) => async () => (await b.rows('Tracepoints')).some((row) => wanted.test(row))
const isNot = (b, unwanted) => async () => !(await is(b, unwanted)())
const copied = (b, wanted) => async () => wanted.test(await b.clipboard())
const form = (b) => () => b.webview('Edit the tracepoint')

const recorded = (b, what, head) => until(what, async () => head.test(await b.text('.pane-header[aria-label*="Records"]')))

export const tracing = {
  'tracing from line numbers': async (b) => {
    await b.open('orders.py')
    await b.goTo(18, 9)
    await once('a logpoint', () => b.lineMenu(18, 'Trace This Line'), is(b, /orders\.py:18 log VarsPrinter/))
    await once('a query', () => b.lineMenu(15, 'Trace This Function'), is(b, /calls of price/))
    await b.goTo(30, 13)
    await once('another', () => b.lineMenu(28, 'Trace Every Use of This Name'), is(b, /every use of takings/))
    b.keepOpen()
    await b.startDebugging()
    await until('hits', async () => (await b.rows('Tracepoints')).filter((row) => /\d+ hits/.test(row)).length === 3)
    await until('records', async () => (await b.rows('Records')).length > 3)
    await b.goTo(18, 9)
    await until('hits at the line', async () => (await b.behind()).some((text) => /^◆ \d+ hits$/.test(text)))
    await traced(b, 'all of them', /calls of price.*120 hits/)
    await until('hits of the query at its function', async () => (await b.behind()).includes('◆ 120 hits'))
    await until('the counts of then', async () => (await b.count('def price')) === 60 && (await b.count('total -= total')) === 39)
    await until('the bar no longer says what was asked for', async () => !/from the next run on/.test(await b.text('.statusbar')))
    await b.shot('ask')
    await b.ended()
  },

  'records': async (b) => {
    await b.select('Tracepoints', 'orders.py:18')
    await recorded(b, 'those of the chosen tracepoint', /39 records · orders\.py:18/)
    await b.select('Records', 'total')
    await until('a record leads to its line', async () => /Ln 18/.test(await b.text('.statusbar')))
    b.used.command('Go to Record') // what a click on one runs
    await b.select('Records', 'total', '.monaco-tl-twistie.collapsible')
    await until('its values are a tree', async () => (await b.rows('Records')).some((one) => /^discount\s*(5|10)$/.test(one.trim())))
    await b.answer(() => b.titleAction('Records', 'Filter Records…'), 'discount=5')
    await recorded(b, 'fewer', /18 of 39 records|21 of 39 records/)
    await b.titleAction('Records', 'Open Records as Text')
    await until('they are text', async () => (await b.lines()).some((line) => line.includes('orders.py:18')))
    await b.closeEditor()
    await b.titleAction('Records', 'Show Records of All Tracepoints')
    await recorded(b, 'all', /[\d,]+ records/)
  },

  'the form': async (b) => {
    await b.open('orders.py')
    b.keepOpen()
    await b.startDebugging()
    await b.titleAction('Tracepoints', 'Add Tracepoint…')
    const { frame } = await until('the form', () => b.webview('What do you want to see?'))
    await frame.locator('#query').pressSequentially('functio')
    await frame.locator('#items li').first().waitFor()
    await frame.locator('#query').press('Tab')
    await frame.locator('#query').pressSequentially('"main", kind="lin"')
    await frame.locator('#query').press('Escape')
    await until('what is wrong is said', async () => (await frame.locator('#problem-query').innerText()) !== '')
    assert.ok(await frame.locator('#items').isHidden(), 'nothing is offered any more')
    await b.shot('form')
    await frame.locator('#query').fill('function="main", kind="line", action=VarsPrinter("takings")')
    await frame.locator('#limit').fill('7')
    await frame.locator('#save:not([disabled])').click()
    await traced(b, 'it is traced at once', /function="main".*[\d,]+ hits/)
    await leads('the form again', () => b.menu('Tracepoints', 'function="main"', 'Edit Tracepoint…'), form(b))
    const edit = await form(b)()
    await edit.frame.locator('#hit').fill('%2')
    await edit.frame.locator('#save:not([disabled])').click()
    await traced(b, 'it is changed', /function="main".*hit %2.*hits/)
  },

  'what can be done with a tracepoint': async (b) => {
    const menu = (row, title) => () => b.menu('Tracepoints', row, title)
    await leads('it is off', menu('hit %2', 'Disable Tracepoint'), is(b, /hit %2.*disabled/))
    await leads('it is on', menu('hit %2', 'Enable Tracepoint'), is(b, /hit %2.*hits/))
    await leads('a query is copied', menu('calls of price', 'Copy Tracepoint as Query'), copied(b, /function="price"/))
    await leads('for a shell', menu('calls of price', 'Copy Tracepoint as PYTHONHUNTER'), copied(b, /^PYTHONHUNTER='kind_in/))
    await leads('as a breakpoint', menu('orders.py:18', 'Copy Tracepoint as Breakpoint'), copied(b, /"line":18/))
    await b.goTo(1)
    await leads('its line', menu('orders.py:18', 'Go to Tracepoint'), async () => /Ln 18/.test(await b.text('.statusbar')))
    await once('the breakpoint is off', () => b.lineMenu(18, 'Disable or Enable Tracepoint at Line'), is(b, /orders\.py:18.*disabled/))
    await b.lineMenu(18, 'Edit Tracepoint at Line')
    await b.page.waitForSelector('.breakpoint-widget')
    await b.page.keyboard.press('Escape')
    await b.page.waitForSelector('.breakpoint-widget', { state: 'detached' })
    await once('it is gone', () => b.lineMenu(18, 'Remove Tracepoint at Line'), isNot(b, /orders\.py:18/))
    await leads('the form', menu('every use of takings', 'Edit Tracepoint…'), form(b))
    await b.closeEditor()
    await leads('the form', () => b.rowAction('Tracepoints', 'every use of takings', 'Edit Tracepoint…'), form(b))
    await b.closeEditor()
    await leads('it is gone as well', () => b.rowAction('Tracepoints', 'every use of takings', 'Remove Tracepoint'), isNot(b, /every use of takings/))
    await leads('and the query', menu('hit %2', 'Remove Tracepoint'), isNot(b, /hit %2/))
    await b.ended()
  },
}

export { is, isNot }
