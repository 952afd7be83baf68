// Bundles the extension into out/extension.js, or, with the argument "test", each test into out/test.
import { build } from 'esbuild'
import { readdirSync } from 'node:fs'

const common = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  logLevel: 'warning',
}

if (process.argv[2] === 'test') {
  const tests = readdirSync('test').filter((name) => name.endsWith('.test.ts'))
  await build({ ...common, entryPoints: tests.map((name) => `test/${name}`), outdir: 'out/test' })
} else {
  // VS Code provides its own API; everything else goes into the bundle, so that the package needs no node_modules.
  await build({
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'out/extension.js',
    external: ['vscode'],
    minify: true,
  })
}
