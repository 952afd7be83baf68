// The ways in which a program can be started or attached to, for people who have no launch.json.

import type { Configuration } from './configuration.js'

/** What is known of the workspace when the ways are listed. */
export interface Surroundings {
  /** The Python file in the active editor. */
  readonly file?: string | undefined
  /** The same, as it is written in a configuration of its folder. */
  readonly fileWord?: string | undefined
  /** The test that the cursor is in, as pytest names it behind the file. */
  readonly test?: string | undefined
  /** Whether the file has tests at all. */
  readonly hasTests?: boolean
  /** Files of the folder that tell of a framework, by their names. */
  readonly manage?: string | undefined // Django's manage.py, below the workspace's folder
  readonly flask?: string | undefined // the module of a Flask app
  readonly fastapi?: string | undefined // module:name of a FastAPI app
}

function launch(name: string, rest: Record<string, unknown>): Configuration {
  return { type: 'tallyho', request: 'launch', name: `Tallyho: ${name}`, cwd: '${workspaceFolder}', ...rest }
}

/** Lists the configurations that fit; those that are about the file at hand first. */
export function waysToStart(around: Surroundings): Configuration[] {
  const ways: Configuration[] = []
  const file = around.fileWord ?? '${file}'
  if (around.test !== undefined) {
    ways.push(launch(`test ${around.test.split('::').pop()}`, { module: 'pytest', args: [`${file}::${around.test}`] }))
  }
  if (around.hasTests) {
    ways.push(launch('tests of this file', { module: 'pytest', args: [file] }))
  }
  if (around.file !== undefined) {
    ways.push(launch('this file', { program: file }))
    ways.push(launch('this file, recorded: it can be walked backwards', { program: file, record: true }))
  }
  if (around.manage !== undefined) {
    ways.push(launch('Django', { program: `\${workspaceFolder}/${around.manage}`, args: ['runserver', '--noreload'], django: true }))
  }
  if (around.flask !== undefined) {
    ways.push(launch('Flask', { module: 'flask', args: ['--app', around.flask, 'run', '--no-reload'], flask: true }))
  }
  if (around.fastapi !== undefined) {
    ways.push(launch('FastAPI', { module: 'uvicorn', args: [around.fastapi] }))
  }
  ways.push(launch('a module…', { module: '${command:askModule}' }))
  ways.push({ type: 'tallyho', request: 'attach', name: 'Tallyho: attach to a program…', processId: '${command:pickProcess}' })
  return ways
}

/** Configurations to begin a launch.json with: the kinds that a person is asked for. */
export const kinds: readonly { readonly label: string; readonly detail: string; readonly configuration: Configuration }[] = [
  { label: 'Python file', detail: 'Run the file in the editor', configuration: launch('current file', { program: '${file}' }) },
  { label: 'Module', detail: 'As python -m does', configuration: launch('module', { module: 'package.module' }) },
  { label: 'pytest', detail: 'The tests of the file in the editor', configuration: launch('pytest', { module: 'pytest', args: ['-x', '${file}'] }) },
  { label: 'Flask', detail: 'flask run', configuration: launch('Flask', { module: 'flask', args: ['--app', 'app', 'run', '--no-reload'], flask: true }) },
  { label: 'FastAPI', detail: 'uvicorn', configuration: launch('FastAPI', { module: 'uvicorn', args: ['main:app'] }) },
  {
    label: 'Django',
    detail: 'manage.py runserver',
    configuration: launch('Django', { program: '${workspaceFolder}/manage.py', args: ['runserver', '--noreload'], django: true }),
  },
  {
    label: 'Attach to a program',
    detail: 'One that runs already, chosen from a list',
    configuration: { type: 'tallyho', request: 'attach', name: 'Tallyho: attach', processId: '${command:pickProcess}' },
  },
  {
    label: 'Attach to another machine',
    detail: 'A port that leads to a program there, and where its sources are',
    configuration: {
      type: 'tallyho',
      request: 'attach',
      name: 'Tallyho: remote',
      connect: { host: '127.0.0.1', port: 5678, token: '${command:askToken}' },
      pathMappings: [{ localRoot: '${workspaceFolder}', remoteRoot: '/app' }],
    },
  },
]

/** The app that a Python file makes, told by the line that makes it. */
export function appIn(text: string): { readonly framework: 'flask' | 'fastapi'; readonly name: string } | undefined {
  const made = /^(\w+)\s*(?::\s*\w+\s*)?=\s*(?:\w+\.)?(Flask|FastAPI)\(/m.exec(text)
  if (made === null) {
    return undefined
  }
  return { framework: made[2] === 'Flask' ? 'flask' : 'fastapi', name: made[1] ?? 'app' }
}

/** Reports whether a file is one of tests by its name, as pytest goes by it. */
function isOfTests(path: string): boolean {
  return /(^|[/\\])(test_[^/\\]*|[^/\\]*_test)\.py$/.test(path)
}

/** Reports whether a file says what is to be done when it is run. */
function hasMain(text: string): boolean {
  return /^if\s.*\b__name__\b/m.test(text)
}

/** Reports whether a file only defines things and sets up its app: nothing else begins at the left margin. */
function onlyDefines(text: string, app: string): boolean {
  const defines = new RegExp(`^(import|from|def|async def|class|with ${app}\\.app_context|${app}\\.(?!run\\b))\\b|^[\\w.]+(\\[[^\\]]*\\])?\\s*(:[^=]*)?=|^[@#\\s)\\]}"']|^$`)
  const plain = text.replace(/("""|''')[^]*?\1/g, '""')
  return plain.split(/\r?\n/).every((line) => defines.test(line))
}

/** Reports whether a file is a part of a Django project that does nothing by itself; manage.py alone prints what it can do. */
function isOfDjango(text: string, path: string): boolean {
  if (/[/\\]manage\.py$/.test(path)) {
    return /\bexecute_from_command_line\b/.test(text)
  }
  const alone = /\bdjango\.setup\(|\bsettings\.configure\(/ // a script that sets Django up for itself
  return /^(from|import)\s+django\b/m.test(text) && !alone.test(text) && !hasMain(text)
}

/**
 * What is meant by running a file that would only define things: its tests, or the server of its app or project. Undefined for all
 * others, which are run as they are.
 */
export function meantBy(text: string, around: Surroundings): 'tests' | Configuration | undefined {
  if (around.file === undefined) {
    return undefined
  }
  if (around.manage !== undefined && !around.hasTests && isOfDjango(text, around.file)) {
    return waysToStart(around).find((way) => way.name === 'Tallyho: Django')
  }
  if (hasMain(text)) {
    return undefined
  }
  if (around.hasTests && isOfTests(around.file)) {
    return 'tests'
  }
  const made = appIn(text)
  if (made === undefined || !onlyDefines(text, made.name)) {
    return undefined
  }
  return waysToStart(around).find((way) => way.name === (made.framework === 'flask' ? 'Tallyho: Flask' : 'Tallyho: FastAPI'))
}
