// Has speedscope import profiles, in a Chromium, and export them again as it has understood them: on a line for each file a JSON
// text with what it said of it and the profile.
//
// Usage: node speedscope.mjs TOOLS SPEEDSCOPE FOLDER FILE…
// TOOLS as editors/vscode/e2e/setup makes it, SPEEDSCOPE the npm package; a script for each file is written into FOLDER, as
// speedscope's own command does it.

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const [tools, speedscope, folder, ...files] = process.argv.slice(2).map((path) => resolve(path))
const { chromium } = createRequire(join(tools, 'package.json'))('playwright-core')
const drawing = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'] // it needs WebGL
const browser = await chromium.launch({ executablePath: join(tools, 'chromium'), args: ['--no-sandbox', ...drawing] })
try {
  for (const file of files) {
    const script = join(folder, `${basename(file)}.js`)
    writeFileSync(script, `speedscope.loadFileFromBase64(${JSON.stringify(basename(file))}, "${readFileSync(file).toString('base64')}")`)
    const page = await browser.newPage()
    const said = []
    page.on('console', (message) => ['warning', 'error'].includes(message.type()) && said.push(message.text()))
    page.on('dialog', (dialog) => {
      said.push(dialog.message())
      void dialog.dismiss()
    })
    await page.goto(`${pathToFileURL(join(speedscope, 'dist', 'release', 'index.html'))}#localProfilePath=${script}`)
    const written = page.waitForEvent('download', { timeout: 60000 })
    await page.getByText(/Export$/).last().click({ timeout: 50000 })
    const profile = JSON.parse(readFileSync(await (await written).path(), 'utf8'))
    console.log(JSON.stringify({ said, profile }))
    await page.close()
  }
} finally {
  await browser.close()
}
