// Brings a page to life. Whatever comes from the run becomes text, never markup.
'use strict'

let run = { paths: [], records: [] } // until it is unpacked
const packed = document.getElementsByClassName('packed')
const files = [] // those that have been looked at
const overview = document.getElementById('overview')
const view = document.getElementById('view')
const search = document.getElementById('search')

// Fates of a statement, as data.go writes them.
const NEVER = 1
const UNSURE = 2

const maxFound = 300
const linesOfChunk = 100

// element makes one of a tag with a class, and with texts or elements in it.
function element(tag, name, ...children) {
  const e = document.createElement(tag)
  if (name) e.className = name
  e.append(...children)
  return e
}

function anchor(href, text) {
  const a = element('a', '', text)
  a.setAttribute('href', href)
  return a
}

const grouped = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ',')
const count = (n, what) => `${grouped(n)} ${what}${n === 1 ? '' : 's'}`
const linkTo = (path, line) => '#' + encodeURI(path).replace(/#/g, '%23') + (line ? ':' + line : '')

// unpacked reads what is compressed in an element of the page.
async function unpacked(from) {
  const letters = atob(from.textContent)
  const bytes = new Uint8Array(letters.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i)
  const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Response(plain).json()
}

// fileAt is a file as it is shown: worked out when it is first looked at.
async function fileAt(index) {
  if (files[index]) return files[index]
  const file = await unpacked(packed[index])
  file.path = run.paths[index]
  file.lines = file.source.split('\n')
  if (file.lines.at(-1) === '') file.lines.pop()
  file.at = new Map() // statements by line
  for (const [line, hits, fate, more = {}] of file.statements) {
    if (!file.at.has(line)) file.at.set(line, [])
    file.at.get(line).push({ line, hits, fate, more })
  }
  file.label = new Map(file.labels.map(([line, counted, rest]) => [line, { counted, rest }]))
  return (files[index] = file)
}

const words = new Set(
  ('False None True and as assert async await break case class continue def del elif else except finally for from global if import in is ' +
    'lambda match nonlocal not or pass raise return try while with yield').split(' '),
)
const token = /("""|''')[\s\S]*?(?:\1|$)|"(?:[^"\\\n]|\\[\s\S])*"?|'(?:[^'\\\n]|\\[\s\S])*'?|#[^\n]*|[A-Za-z_]\w*/g

// colored are the lines of a source as lists of [class, text].
function colored(source) {
  const lines = [[]]
  const add = (name, text) => {
    text.split('\n').forEach((part, i) => {
      if (i > 0) lines.push([])
      if (part) lines.at(-1).push([name, part])
    })
  }
  let done = 0
  for (const found of source.matchAll(token)) {
    const text = found[0]
    const name = text[0] === '#' ? 'm' : text[0] === '"' || text[0] === "'" ? 't' : words.has(text) ? 'k' : ''
    if (!name) continue
    add('', source.slice(done, found.index))
    add(name, text)
    done = found.index + text.length
  }
  add('', source.slice(done))
  return lines
}

function sourceRow(file, line, parts) {
  const row = element('div', 'row')
  const statements = file.at.get(line) ?? []
  const label = file.label.get(line)
  const hits = Math.max(0, ...statements.map((s) => Math.max(s.hits, s.more.calls ?? 0)))
  let counted = label?.counted ?? ''
  if (statements.length > 0) {
    row.classList.add('told')
    row.dataset.line = line
    if (hits > 0) {
      row.classList.add('hot')
      row.style.setProperty('--h', (Math.log1p(hits) / Math.log1p(run.most)).toFixed(2))
    } else if (statements.every((s) => s.fate === NEVER)) {
      row.classList.add('never')
      counted ||= '×0'
    } else if (statements.some((s) => s.fate === UNSURE)) {
      counted ||= '?'
    }
  }
  const code = element('span', 's')
  for (const [name, text] of parts) code.append(name ? element('span', name, text) : text)
  row.append(element('span', 'n', String(line)), element('span', 'c', counted), code)
  if (label?.rest) row.append(element('span', 'v', label.rest))
  return row
}

async function showFile(index, line) {
  const turn = ++turns
  const file = await fileAt(index)
  if (turn !== turns) return
  const box = element('div', 'source code')
  const lines = colored(file.source)
  for (let from = 0; from < file.lines.length; from += linesOfChunk) {
    const chunk = element('div', 'chunk')
    for (let at = from; at < Math.min(from + linesOfChunk, file.lines.length); at++) {
      chunk.append(sourceRow(file, at + 1, lines[at] ?? []))
    }
    box.append(chunk)
  }
  box.addEventListener('click', (event) => {
    const row = event.target.closest('.row.told')
    if (row && String(getSelection()) === '') toggleDetail(file, row)
  })
  const never = element('button', '', 'next line that never ran (n)')
  never.id = 'never'
  never.addEventListener('click', () => nextNever(box))
  const values = element('button', '', 'values')
  values.addEventListener('click', () => box.classList.toggle('quiet'))
  const bar = element('div', 'bar', element('h1', '', element('code', '', file.path)), values)
  if (box.querySelector('.row.never')) bar.append(never)
  show(bar, box)
  if (line) goTo(file, box, line)
}

function goTo(file, box, line) {
  const row = box.querySelectorAll('.row')[line - 1]
  if (!row) return
  row.classList.add('here')
  row.scrollIntoView({ block: 'center' })
  if (row.classList.contains('told')) toggleDetail(file, row)
}

let lastNever = null

function nextNever(box) {
  const rows = [...box.querySelectorAll('.row.never')]
  const next = rows[rows.indexOf(lastNever) + 1] ?? rows[0]
  if (!next) return
  lastNever?.classList.remove('here')
  lastNever = next
  next.classList.add('here')
  next.scrollIntoView({ block: 'center' })
}

// toggleDetail shows, below a line, all that is known of its statements; or takes it away.
function toggleDetail(file, row) {
  if (row.nextSibling?.className === 'detail') {
    row.nextSibling.remove()
    return
  }
  const detail = element('div', 'detail')
  for (const s of file.at.get(Number(row.dataset.line))) detail.append(...about(file, s))
  row.after(detail)
}

function about(file, s) {
  const { more } = s
  const facts = []
  if (s.fate === UNSURE) facts.push('not known whether it ran')
  else facts.push((more.atLeast ? 'at least ' : '') + (s.hits === 0 ? 'never ran' : count(s.hits, 'hit')))
  if (more.calls) facts.push(count(more.calls, 'call') + (more.mean ? `, ${more.mean} each` : ''))
  if (more.raised) facts.push(`${grouped(more.raised)} raised`)
  const head = element('p', '')
  if (more.text) head.append(element('code', 'found', more.text), ' – ')
  head.append(facts.join(' · '))
  const out = [head]
  for (const [kind, message, n] of more.errors ?? []) {
    out.push(element('p', 'bad', `✗ ${grouped(n)} × ${kind}${message ? ': ' + message : ''}`))
  }
  if (more.samples) out.push(sampleTable(file, more))
  const sampled = more.samples?.length ?? 0
  if (more.sampled) out.push(element('p', 'note', `${sampled} of ${count(more.sampled, 'sample')} are in this page.`))
  else if (sampled > 0 && sampled < s.hits) out.push(element('p', 'note', `${count(sampled, 'sample')} of ${count(s.hits, 'hit')}.`))
  return out
}

// sampleTable has a row for each hit and a column for each name.
function sampleTable(file, more) {
  const has = (at) => more.samples.some((row) => row[at] >= 0)
  const columns = [{ title: 'hit', of: (row) => grouped(row[0]) }]
  const textOf = (n) => (n < 0 ? '' : file.texts[n])
  if (has(1)) columns.push({ title: 'ran in', of: (row) => textOf(row[1]) })
  more.names?.forEach((name, i) => columns.push({ title: file.texts[name], of: (row) => textOf(row[4 + i]) }))
  if (has(2)) columns.push({ title: '→', of: (row) => textOf(row[2]) })
  if (has(3)) columns.push({ title: '✗', of: (row) => textOf(row[3]) })
  const head = element('tr', '', ...columns.map((c) => element('th', '', c.title)))
  const rows = more.samples.map((row) => element('tr', '', ...columns.map((c) => element('td', 'code', c.of(row)))))
  return element('div', 'scroll', element('table', '', element('thead', '', head), element('tbody', '', ...rows)))
}

function showRecords() {
  const filter = element('input', '')
  filter.type = 'search'
  filter.placeholder = 'Filter'
  const body = element('tbody', '')
  const told = element('span', 'note')
  const fill = () => {
    const wanted = filter.value.toLowerCase()
    const rows = run.records.filter((r) => !wanted || `${placeOf(r)} ${r[1]} ${r[5]}`.toLowerCase().includes(wanted))
    const shown = rows.slice(0, 2000)
    told.textContent = `${grouped(shown.length)} of ${grouped(run.records.length)}`
    body.replaceChildren(...shown.map(recordRow))
  }
  filter.addEventListener('input', fill)
  const heads = ['at', 'thread', 'where', 'record'].map((t) => element('th', '', t))
  const table = element('table', '', element('thead', '', element('tr', '', ...heads)), body)
  table.id = 'records'
  show(element('div', 'bar', element('h1', '', 'Records of tracepoints'), filter, told), table)
  fill()
}

const placeOf = (r) => `${r[2] >= 0 ? run.paths[r[2]] : r[3]}:${r[4]}`

function recordRow(r) {
  const where = r[2] >= 0 ? anchor(linkTo(run.paths[r[2]], r[4]), placeOf(r)) : placeOf(r)
  const time = `${(r[0] / 1000).toFixed(3)} s`
  return element('tr', '', element('td', 'number', time), element('td', '', r[1]), element('td', '', where), element('td', 'code', r[5]))
}

// showFound lists the lines whose source, values or samples hold a text.
async function showFound(text) {
  const turn = ++turns
  const wanted = text.toLowerCase()
  const rows = []
  let found = 0
  for (let index = 0; index < run.paths.length; index++) {
    const file = await fileAt(index)
    if (turn !== turns) return // something else is looked at meanwhile
    for (const [line, shown] of matches(file, wanted)) {
      if (++found > maxFound) continue
      const where = anchor(linkTo(file.path, line), `${file.path}:${line}`)
      rows.push(element('tr', '', element('td', '', where), element('td', 'code found', ...marked(shown, wanted))))
    }
  }
  const told = found > maxFound ? `the first ${maxFound} of ${count(found, 'line')}` : count(found, 'line')
  show(element('div', 'bar', element('h1', '', `“${text}”`), element('span', 'note', told)), element('table', '', ...rows))
}

function* matches(file, wanted) {
  for (let at = 0; at < file.lines.length; at++) {
    const label = file.label.get(at + 1)?.rest ?? ''
    if (file.lines[at].toLowerCase().includes(wanted) || label.toLowerCase().includes(wanted)) {
      yield [at + 1, file.lines[at].trim() + (label ? '   ' + label : '')]
      continue
    }
    for (const s of file.at.get(at + 1) ?? []) {
      const text = sampled(file, s).find((t) => t.toLowerCase().includes(wanted))
      if (text === undefined) continue
      yield [at + 1, file.lines[at].trim() + '   ' + text]
      break
    }
  }
}

const sampled = (file, s) => (s.more.samples ?? []).flatMap((row) => row.slice(2).filter((n) => n >= 0).map((n) => file.texts[n]))

// marked is a text with the places marked at which it holds another.
function marked(text, wanted) {
  const parts = []
  const lower = text.toLowerCase()
  let done = 0
  if (lower.length === text.length) {
    for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, done)) {
      parts.push(text.slice(done, at), element('mark', '', text.slice(at, at + wanted.length)))
      done = at + wanted.length
    }
  }
  return [...parts, text.slice(done)]
}

let turns = 0 // of what is shown: files are unpacked meanwhile

function show(...parts) {
  view.replaceChildren(...parts)
  view.hidden = false
  overview.hidden = true
}

// route shows what the address names: a file, a line of one, the records, or all.
function route() {
  turns++
  lastNever = null
  let name = location.hash.slice(1)
  try {
    name = decodeURIComponent(name)
  } catch {
    // as it is: a file's name may hold a percent sign
  }
  const [, path, line] = /^(.*?)(?::(\d+))?$/s.exec(name)
  const index = run.paths.indexOf(path)
  scrollTo(0, 0)
  if (index >= 0) void showFile(index, Number(line))
  else if (name === 'records' && run.records.length > 0) showRecords()
  else {
    view.hidden = true
    overview.hidden = false
  }
}

let typing

function listen() {
  search.addEventListener('input', () => {
    clearTimeout(typing)
    typing = setTimeout(() => (search.value.trim().length > 1 ? showFound(search.value.trim()) : route()), 120)
  })
  addEventListener('hashchange', route)
  addEventListener('keydown', (event) => {
    if (event.target.tagName === 'INPUT' || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === '/') {
      event.preventDefault()
      search.focus()
    } else if (event.key === 'n') {
      document.getElementById('never')?.click()
    }
  })
}

document.getElementById('theme').addEventListener('click', () => {
  const dark = document.documentElement.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')
  document.documentElement.dataset.theme = dark === 'dark' ? 'light' : 'dark'
})

const few = document.getElementById('few')
unpacked(document.getElementById('run')).then(
  (found) => {
    run = found
    if (run.samples < 10) {
      few.hidden = false
      few.textContent = `So that the page stays small it has ${count(run.samples, 'sample')} of a statement at most; counts are of all hits.`
    }
    listen()
    route()
    document.documentElement.dataset.ready = 'yes'
  },
  (problem) => {
    few.hidden = false
    few.textContent = `The sources cannot be shown: ${problem}. A browser of 2024 or newer can.`
  },
)
