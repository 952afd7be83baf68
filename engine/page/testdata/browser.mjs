// Opens pages from disk in a headless Chromium and uses them as a person does.
//
// Usage: node browser.mjs TOOLS SMALL LARGE [SCREENSHOTS]    TOOLS as editors/vscode/e2e/setup makes them

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [tools, small, large, screenshots] = process.argv.slice(2)
const { chromium } = createRequire(join(tools, 'package.json'))('playwright-core')
const browser = await chromium.launch({ executablePath: join(tools, 'chromium'), args: ['--no-sandbox', '--disable-gpu'] })

try {
  const context = await browser.newContext({ colorScheme: 'light', viewport: { width: 1200, height: 800 } })
  const page = await context.newPage()
  const trouble = []
  page.on('pageerror', (problem) => trouble.push(String(problem)))
  page.on('console', (message) => message.type() === 'error' && trouble.push(message.text()))
  page.on('request', (request) => request.url().startsWith('file:') || request.url().startsWith('blob:') || trouble.push('loads ' + request.url()))
  page.on('dialog', (dialog) => {
    trouble.push('a script of the run was run')
    void dialog.dismiss()
  })

  const open = async (path, hash = '') => {
    const began = performance.now()
    await page.goto('about:blank')
    await page.goto(pathToFileURL(path) + hash)
    await page.waitForSelector('html[data-ready]')
    return performance.now() - began
  }
  // What is not drawn yet has no text.
  const reads = async (place, text) => {
    for (const end = performance.now() + 60000; performance.now() < end; await page.waitForTimeout(20)) {
      if (text.test(await place.innerText())) return
    }
    assert.match(await place.innerText(), text)
  }
  const shot = (name) => screenshots && page.screenshot({ path: join(screenshots, `${name}.png`) })
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)

  // Overview, a file, a line's samples.
  await open(small)
  await shot('page-overview')
  await page.click('#files a')
  const rows = page.locator('.row')
  await rows.first().waitFor()
  assert.equal(await rows.count(), 5)
  await reads(rows.nth(1), /×1\.?2k|×1,?200/)
  assert.ok(await rows.nth(1).evaluate((row) => row.classList.contains('hot')))
  assert.ok(await rows.nth(4).evaluate((row) => row.classList.contains('never')))
  await reads(rows.nth(0), /\{redacted\}/)
  await rows.nth(1).click()
  await reads(page.locator('.detail'), /\S/)
  const detail = await page.locator('.detail').innerText()
  for (const part of ['1,200 hits', '1 raised', 'Value<Error>', '<img src=x onerror=alert(1)>', 'url']) assert.ok(detail.includes(part), `${part} in ${detail}`)
  await shot('page-file')
  await page.keyboard.press('n')
  assert.ok(await rows.nth(4).evaluate((row) => row.classList.contains('here')))

  // Search finds sources and sampled values; records lead to their lines.
  await page.fill('#search', 'onerror')
  await page.waitForFunction(() => document.querySelectorAll('#view td mark').length > 0)
  await reads(page.locator('#view'), /<img src=x/)
  await page.fill('#search', '')
  await open(small, '#records')
  await reads(page.locator('#records'), /1\.500 s\s+MainThread/)
  await page.click('#records a')
  await page.waitForSelector('.row.here')
  await reads(page.locator('.row.here'), /^4/)

  // Light and dark; a phone scrolls one way only.
  const light = await background()
  await page.click('#theme')
  assert.notEqual(await background(), light)
  await shot('page-dark')
  await page.setViewportSize({ width: 360, height: 700 })
  for (const hash of ['', new URL(page.url()).hash]) {
    await open(small, hash)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.ok(wide <= 360, `${wide} pixels wide at ${hash}`)
  }
  await shot('page-phone')
  await page.setViewportSize({ width: 1200, height: 800 })

  // A large run: from the click on the file to a page that answers, and to one of its files.
  // The machine may have other work: the best of three tells what the page takes.
  const opened = Math.min(await open(large), await open(large), await open(large))
  const began = performance.now()
  await page.locator('#files a').nth(150).click()
  await page.waitForSelector('.row.hot')
  const file = performance.now() - began
  const searched = performance.now()
  await page.fill('#search', 'previous_249')
  await page.waitForFunction(() => /of|lines/.test(document.querySelector('#view .note')?.textContent ?? ''))
  console.log(JSON.stringify({ opened: Math.round(opened), file: Math.round(file), search: Math.round(performance.now() - searched) }))
  assert.deepEqual(trouble, [])
} finally {
  await browser.close()
}
