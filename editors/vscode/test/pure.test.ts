import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { formPage } from '../src/formpage.js'
import { heatOf, levelOf, neverRan } from '../src/levels.js'
import { choices } from '../src/processes.js'
import type { StatementCounts } from '../src/protocol.js'
import { resultsIn, summed } from '../src/results.js'
import { appIn, kinds, meantBy, waysToStart } from '../src/start.js'
import { tableOf } from '../src/valuespage.js'
import { grouped, percent, plural, statusOf } from '../src/words.js'

const at = (line: number, did: StatementCounts['did'], hits = 0, end = line, character = 9): StatementCounts => ({
  range: { start: { line, character: 0 }, end: { line: end, character } }, did, hits,
})

test('heat: by orders of magnitude, a line as hot as its hottest statement', () => {
  assert.deepEqual([0, 1, 10, 100, 10_000].map((hits) => levelOf(hits, 10_000)), [0, 1, 2, 3, 5])
  assert.equal(levelOf(1, 1), 1)
  assert.deepEqual([...heatOf([at(1, 'ran', 1), at(1, 'ran', 100), at(2, 'never')], 100)], [[1, 5]])
})

test('never run: only what is known, and no line on which anything ran', () => {
  assert.deepEqual(neverRan([at(1, 'never'), at(2, 'unknown'), at(3, 'ran', 1), at(3, 'never'), at(4, 'never', 0, 6, 0)]), [
    { start: 1, end: 1 },
    { start: 4, end: 5 },
  ])
})

test('words', () => {
  assert.equal(grouped(1234567), '1,234,567')
  assert.equal(plural(1, 'hit'), '1 hit')
  assert.deepEqual([percent(0, 0), percent(0, 5), percent(1, 1000), percent(999, 1000), percent(5, 5)], ['–', '0 %', '<1 %', '>99 %', '100 %'])
  const run = { session: 's', program: '/w/shop.py', state: 'running' as const, started: '', text: 'x', hits: 12340, skipped: 0, stale: ['a', 'b', 'c'] }
  assert.equal(statusOf({ text: '', runs: [run] }).text, '$(sync~spin) shop.py: running · 12,340 hits · 3 files edited since')
  assert.equal(statusOf({ text: '', runs: [run, { ...run, program: 'b.py', state: 'ended', chosen: true, hits: 1, stale: [] }] }).text, '$(eye) b.py: ended · 1 hit')
  assert.equal(statusOf({ text: '', runs: [] }).text, '$(eye) Tallyho')
})

test('values: what a program holds is text, never markup', () => {
  const evil = '<img src=x onerror="alert(1)">'
  const html = tableOf({ title: 't', code: evil, line: 1, hits: 3, columns: [1, 3], rows: [{ name: evil, kind: 'variable', cells: [evil, evil] }], errors: [evil] })
  assert.ok(!html.includes('<img'), html)
  assert.match(html, /class="same"/)
  assert.match(html, /2 hits of 3 sampled/)
  assert.match(tableOf(undefined), /Put the cursor on a line that ran/)
  assert.match(tableOf({ title: 't', code: '', line: 1, hits: 2, edited: true, columns: [], rows: [] }), /was edited/)
  assert.match(tableOf({ title: 't', code: '', line: 1, hits: 0, columns: [], rows: [] }), /has not run/)
  assert.ok(!formPage({ query: `"><script>` }, true, 'n').includes('"><script>'))
})

/** The form's script in a page that has only what the script asks for. */
function openForm() {
  const listeners = new Map<string, (event: object) => void>()
  const element = (id: string) => ({
    hidden: true, value: '', selectionStart: 0, children: [], textContent: '', append: () => undefined, focus: () => undefined, setAttribute: () => undefined,
    replaceChildren: () => undefined, addEventListener: (kind: string, act: (event: object) => void) => listeners.set(`${id} ${kind}`, act),
  })
  const elements = new Map<string, ReturnType<typeof element>>()
  const byId = (id: string) => elements.get(id) ?? elements.set(id, element(id)).get(id)!
  let turn = 0
  runInNewContext(/<script nonce="n">([^]*)<\/script>/.exec(formPage({ query: '' }, false, 'n'))![1]!, {
    FormData: class { *[Symbol.iterator]() { yield ['query', byId('query').value] } },
    acquireVsCodeApi: () => ({ postMessage: (message: { turn: number }) => (turn = message.turn) }),
    document: { forms: [element('form')], getElementById: byId, querySelectorAll: () => [], createElement: element },
    window: element('window'),
  })
  const does = (what: string, event: object = {}) => listeners.get(what)?.({ preventDefault: () => undefined, ...event })
  const answers = () => does('window message', { data: { type: 'checked', turn, problems: [], items: [{ label: 'line', detail: '', insert: 'line', start: 0, end: 0 }] } })
  return { does, answers, offers: () => !byId('items').hidden }
}

test('the form: what completes is not offered any more where Escape or the next field came before the answer', () => {
  const escape = ['query keydown', { key: 'Escape' }] as const
  for (const [what, offered, ...acts] of [
    ['typed', true],
    ['Escape', false, escape],
    ['left', false, ['query blur', {}] as const],
    ['Escape, and typed again', true, escape, ['query input', {}] as const],
  ] as const) {
    const form = openForm()
    form.does('query input')
    acts.forEach(([act, event]) => form.does(act, event))
    form.answers()
    assert.equal(form.offers(), offered, what)
  }
})

test('processes: those that listen come first, each once, and no other programs', () => {
  const sessions = [
    { pid: 3, program: '/w/traced.py', state: 'running' },
    { pid: 2, program: '/w/server.py', workspace: '/w', state: 'attachable' },
    { session: 'x', program: 'old.py', state: 'ended' },
  ]
  const ps = '  1 /sbin/init\n  2 python server.py\n  4 /usr/bin/python3.14 -u app.py --x\n  5 vim python.py\n'
  assert.deepEqual(choices(sessions, ps).map((one) => `${one.pid} ${one.label}`), ['2 server.py', '3 traced.py', '4 app.py'])
})

test('tests: of those with parameters the worst counts, and a line that is half written does not', () => {
  const line = (id: string, outcome: string): string => JSON.stringify({ file: '/t.py', id, outcome, seconds: 1 })
  const all = summed(resultsIn([line('a', 'passed'), line('a', 'failed'), line('a', 'passed'), line('b', 'skipped'), '{"file":'].join('\n')))
  assert.deepEqual(all.map((one) => `${one.id} ${one.outcome} ${one.seconds}`), ['a failed 3', 'b skipped 1'])
})

test('ways to start: what is about the file at hand comes first', () => {
  const names = (around: Parameters<typeof waysToStart>[0]): string[] => waysToStart(around).map((way) => way.name.replace('Tallyho: ', ''))
  assert.deepEqual(names({}), ['a module…', 'attach to a program…'])
  assert.deepEqual(names({ file: '/w/test_a.py', test: 'TestX::test_b', hasTests: true }), ['test test_b', 'tests of this file', 'this file', 'this file, recorded: it can be walked backwards', 'a module…', 'attach to a program…'])
  assert.ok(names({ file: '/w/app.py', flask: 'app' }).includes('Flask'))
  // It starts in the workspace's folder, where the virtual environment is looked for.
  const [django] = waysToStart({ manage: 'site/manage.py' })
  assert.deepEqual([django?.program, django?.cwd], ['${workspaceFolder}/site/manage.py', '${workspaceFolder}'])
  assert.deepEqual(appIn('from flask import Flask\napp = Flask(__name__)\n'), { framework: 'flask', name: 'app' })
  assert.deepEqual(appIn('api: FastAPI = fastapi.FastAPI()\n'), { framework: 'fastapi', name: 'api' })
  assert.equal(appIn('# app = Flask()\n'), undefined)
})

test('what running a file means: its tests or the server of its app, where it would only define things', () => {
  const flask = 'app = Flask(__name__)\n'
  const name = (text: string, around: object): string | undefined => {
    const meant = meantBy(text, around)
    return typeof meant === 'object' ? meant.name : meant
  }
  assert.equal(name('def test_a(): pass\n', { file: '/w/test_a.py', hasTests: true }), 'tests')
  assert.equal(name('def test_a(): pass\n', { file: 'C:\\w\\a_test.py', hasTests: true }), 'tests')
  assert.equal(name('def helper(): pass\n', { file: '/w/test_a.py', hasTests: false }), undefined)
  assert.equal(name('def test_a(): pass\n', { file: '/w/a.py', hasTests: true }), undefined)
  assert.equal(name('if __name__ == "__main__":\n    unittest.main()\n', { file: '/w/test_a.py', hasTests: true }), undefined)
  assert.equal(name(flask, { file: '/w/app.py', flask: 'app' }), 'Tallyho: Flask')
  assert.equal(name('api = FastAPI()\n', { file: '/w/main.py', fastapi: 'main:api' }), 'Tallyho: FastAPI')
  assert.equal(name(`${flask}app.run()\n`, { file: '/w/app.py', flask: 'app' }), undefined)
  assert.equal(name(`${flask}if __name__ == '__main__':\n    app.run()\n`, { file: '/w/app.py', flask: 'app' }), undefined)
  assert.equal(name(`"""An app\nof mine.\n"""\nimport os\n\n${flask}app.config["X"] = 1\napp.register_blueprint(api)\n\n@app.get("/")\ndef home():\n    return "hi"\n`, { file: '/w/app.py', flask: 'app' }), 'Tallyho: Flask')
  assert.equal(name(`${flask}for name in ("ann",):\n    app.test_client().get(name)\n`, { file: '/w/app.py', flask: 'app' }), undefined)
  const views = 'from django.http import JsonResponse\n\nadmin.site.register(Order)\n'
  const manage = 'def main():\n    execute_from_command_line(sys.argv)\n\nif __name__ == "__main__":\n    main()\n'
  assert.equal(name(views, { file: '/w/shop/views.py', manage: 'manage.py' }), 'Tallyho: Django')
  assert.equal(name(manage, { file: '/w/site/manage.py', manage: 'site/manage.py' }), 'Tallyho: Django')
  assert.equal(name(manage, { file: 'C:\\w\\manage.py', manage: 'manage.py' }), 'Tallyho: Django')
  assert.equal(name(views, { file: '/w/shop/views.py' }), undefined)
  assert.equal(name(`${views}django.setup()\nprint(Order.objects.count())\n`, { file: '/w/shop/once.py', manage: 'manage.py' }), undefined)
  assert.equal(name('from django.test import TestCase\n', { file: '/w/shop/tests.py', manage: 'manage.py', hasTests: true }), undefined)
  assert.equal(name('print(1)\n', { file: '/w/once.py', manage: 'manage.py' }), undefined)
  assert.equal(name('print(1)\n', { file: '/w/a.py' }), undefined)
  assert.equal(name(flask, {}), undefined)
})

interface Debugger {
  readonly configurationAttributes: Readonly<Record<string, { readonly properties: object }>>
  readonly variables: object
  readonly configurationSnippets: readonly { readonly label: string; readonly body: { readonly request: string; readonly cwd?: string } }[]
}

// Configurations that the extension makes may hold only what the manifest knows, and every snippet says where the program starts.
test('ways to start: every attribute and every variable is in the manifest', () => {
  const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as { contributes: { debuggers: Debugger[] } }
  const [debuggers] = contributes.debuggers
  assert.ok(debuggers !== undefined)
  const ways = [...waysToStart({ file: 'x', test: 'y', hasTests: true, manage: 'm', flask: 'f', fastapi: 'a:b' }), ...kinds.map((kind) => kind.configuration)]
  for (const way of ways) {
    const known = Object.keys(debuggers.configurationAttributes[way.request]?.properties ?? {})
    for (const key of Object.keys(way)) {
      assert.ok(['type', 'name', 'request', ...known].includes(key), `${way.name}: ${key}`)
    }
    for (const [, variable] of JSON.stringify(way).matchAll(/\$\{command:(\w+)\}/g)) {
      assert.ok(variable !== undefined && variable in debuggers.variables, `${way.name}: ${variable}`)
    }
    assert.ok(way.request === 'attach' || 'cwd' in way, way.name)
  }
  for (const { label, body } of debuggers.configurationSnippets) {
    assert.ok(body.request === 'attach' || body.cwd === '^"\\${workspaceFolder}"', label)
  }
})
