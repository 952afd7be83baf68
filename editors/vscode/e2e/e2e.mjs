// Uses the packaged extension as a person does, in a real VS Code workbench (code-server in a headless browser): every command, view and
// menu of it once, on programs with dataclasses, pandas, asyncio, Flask and pytest. Takes the pictures of the documents on the way.
//
// Usage: node e2e.mjs TOOLS TALLYHO VSIX [SCREENSHOTS]    after ./setup, which makes TOOLS

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { scenes } from './scenes.mjs'
import { Workbench } from './workbench.mjs'

const [tools, tallyho, vsix, screenshots] = process.argv.slice(2).map((path) => resolve(path))
const here = import.meta.dirname
const started = Date.now()
const failed = []

const bench = await Workbench.start({
  tools,
  tallyho,
  vsix,
  screenshots,
  fill: (workspace) => {
    cpSync(join(here, 'programs'), workspace, { recursive: true })
    // Its virtual environment is where pandas, Flask and pytest are.
    symlinkSync(join(tools, 'venv'), join(workspace, '.venv'))
  },
  user: { 'files.exclude': { '.venv': true, '**/__pycache__': true, '.pytest_cache': true } },
})
bench.python = join(tools, 'venv', 'bin', 'python')
bench.package = join(bench.work, 'package')
assert.equal(spawnSync(resolve(here, '../../../scripts/package'), ['--no-wheel', bench.package], { stdio: 'inherit' }).status, 0)
bench.tallyho = tallyho
try {
  // SCENES=word,word picks some while one is being written.
  const picked = (process.env.SCENES ?? '').split(',')
  for (const [name, scene] of Object.entries(scenes).filter(([name], i) => i === 0 || picked.some((word) => name.includes(word)))) {
    const began = Date.now()
    try {
      await scene(bench)
      console.log(`ok ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
    } catch (error) {
      // The scenes behind it may tell more.
      failed.push(name)
      console.log(`not ok ${name}`)
      console.error(error)
      if (screenshots !== undefined) {
        await bench.page.screenshot({ path: join(screenshots, `failed ${name}.png`) })
      }
      await bench.settle()
    }
  }
  assert.deepEqual(failed, [], 'scenes that failed')
  if (process.env.SCENES) {
    throw new Error('only some scenes')
  }
  assert.deepEqual(bench.used.missing(), [], 'of the manifest that no scene used')
  console.log(`ok every command, menu entry and view was used (${((Date.now() - started) / 1000).toFixed(0)} s)`)
} catch (error) {
  console.error(error)
  console.log(bench.log.slice(-3000))
  process.exitCode = 1
} finally {
  await bench.stop()
}
