// The page of the form for a tracepoint.

import type { Item } from './protocol.js'
import { escaped } from './valuespage.js'

interface Field {
  readonly name: keyof Item
  readonly label: string
  readonly hint: string
  readonly example: string
}

const fields: readonly Field[] = [
  { name: 'condition', label: 'Only if', hint: 'a Python expression, or tests of a query; empty: always', example: 'coupon is not None' },
  { name: 'hit', label: 'Which hits', hint: '5 is the fifth, >=5 from the fifth on, %10 every tenth; empty: all', example: '%10' },
  { name: 'log', label: 'Message', hint: 'text with {expressions}, or a printer such as VarsPrinter("total"); empty: what the query says', example: '{item.name}: {total=}' },
]

/** Questions that people begin with; a click puts one into the form. */
export const beginnings: readonly { readonly says: string; readonly query: string }[] = [
  { says: 'Calls of a function: arguments, result, exception', query: 'function="price", kind_in=("call", "return", "exception"), action=CallPrinter' },
  { says: 'A variable, wherever a module has it', query: 'module="shop", kind="line", locals_has="total", action=VarsPrinter("total")' },
  { says: 'Who calls it: the stack', query: 'function="price", kind="call", action=StackPrinter' },
  { says: 'Exceptions where they are raised', query: 'kind="exception", stdlib=False, action=CallPrinter' },
]

export function formPage(item: Item, edits: boolean, nonce: string): string {
  const value = (name: keyof Item): string => escaped(item[name] === undefined ? '' : String(item[name]))
  const rows = fields
    .map(
      (field) => `<label for="${field.name}">${field.label}</label>
<div><input id="${field.name}" name="${field.name}" value="${value(field.name)}" placeholder="${escaped(field.example)}" spellcheck="false" autocomplete="off">
<p class="hint">${escaped(field.hint)}</p><p class="problem" id="problem-${field.name}"></p></div>`,
    )
    .join('\n')
  const starts = beginnings.map((one) => `<button type="button" class="start" data-query="${escaped(one.query)}">${escaped(one.says)}</button>`).join('')
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'">
<style>${style}</style></head><body>
<h1>${edits ? 'Edit the tracepoint' : 'What do you want to see?'}</h1>
${edits ? '' : `<div class="starts">${starts}</div>`}
<form>
<label for="query">Query</label>
<div class="query"><textarea id="query" name="query" rows="3" spellcheck="false" placeholder="function=&quot;price&quot;, action=CallPrinter">${value('query')}</textarea>
<ul id="items" role="listbox" hidden></ul>
<p class="hint">Where and when: fields such as function, module, kind, locals_has. Ctrl+Space completes.</p><p class="problem" id="problem-query"></p></div>
${rows}
<label for="limit">At most</label>
<div class="limits"><input id="limit" name="limit" type="number" min="0" value="${value('limit')}" placeholder="all"> records,
<input id="rate" name="rate" type="number" min="0" value="${value('rate')}" placeholder="all"> in a second</div>
<label for="stop">Stop there</label><div><input id="stop" name="stop" type="checkbox"${item.stop ? ' checked' : ''}></div>
<div></div><div class="buttons"><button id="save" type="submit">${edits ? 'Save' : 'Add'}</button><button id="cancel" type="button" class="second">Cancel</button></div>
</form><script nonce="${nonce}">${script}</script></body></html>`
}

const style = `
body { font: var(--vscode-font-size)/1.5 var(--vscode-font-family); color: var(--vscode-foreground); max-width: 46em; padding: 8px 20px; }
h1 { font-size: 1.3em; font-weight: 600; }
form { display: grid; grid-template-columns: 7em 1fr; gap: 10px 12px; align-items: baseline; }
input, textarea { width: 100%; box-sizing: border-box; font-family: var(--vscode-editor-font-family); font-size: var(--vscode-editor-font-size); color: var(--vscode-input-foreground); background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border, var(--vscode-widget-border, transparent)); padding: 4px 6px; }
input[type=checkbox] { width: auto; } input[type=number] { width: 6em; }
input:focus, textarea:focus { outline: 1px solid var(--vscode-focusBorder); }
::placeholder { color: var(--vscode-input-placeholderForeground); }
.hint { color: var(--vscode-descriptionForeground); margin: 2px 0 0; font-size: .92em; }
.problem { color: var(--vscode-errorForeground); margin: 2px 0 0; white-space: pre-wrap; }
.query { position: relative; }
#items { position: absolute; z-index: 1; left: 0; right: 0; margin: 0; padding: 2px; list-style: none; max-height: 15em; overflow: auto; background: var(--vscode-editorSuggestWidget-background); border: 1px solid var(--vscode-editorSuggestWidget-border); }
#items li { padding: 1px 6px; cursor: pointer; display: flex; gap: 1em; font-family: var(--vscode-editor-font-family); }
#items li span { color: var(--vscode-descriptionForeground); font-family: var(--vscode-font-family); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
#items li[aria-selected=true] { background: var(--vscode-editorSuggestWidget-selectedBackground); }
button { color: var(--vscode-button-foreground); background: var(--vscode-button-background); border: 0; padding: 5px 14px; cursor: pointer; font: inherit; }
button.second, button.start { color: var(--vscode-button-secondaryForeground); background: var(--vscode-button-secondaryBackground); }
button:disabled { opacity: .5; cursor: default; }
.buttons, .starts { display: flex; flex-wrap: wrap; gap: 8px; } .starts { margin-bottom: 14px; } .start { padding: 2px 10px; }
`

// Runs in the page. It knows nothing of queries: what completes and what is wrong comes from the server.
const script = `
const vscode = acquireVsCodeApi(), $ = (id) => document.getElementById(id), query = $('query'), list = $('items')
let turn = 0, items = [], at = 0, wanted = false
const fields = () => ({ ...Object.fromEntries(new FormData(document.forms[0])) })
function check(complete) {
  wanted = complete
  vscode.postMessage({ type: 'check', turn: ++turn, fields: fields(), ...(complete ? { offset: query.selectionStart } : {}) })
}
// What completes is not wanted any more either, where its answer is still to come.
function hide() { list.hidden = true; items = []; wanted = false }
function show() {
  list.replaceChildren(...items.map((item, i) => {
    const li = document.createElement('li'), detail = document.createElement('span')
    li.textContent = item.label; detail.textContent = item.detail; li.append(detail); li.role = 'option'
    li.setAttribute('aria-selected', String(i === at))
    li.addEventListener('mousedown', (e) => { e.preventDefault(); take(i) })
    return li
  }))
  list.hidden = items.length === 0
  list.children[at]?.scrollIntoView({ block: 'nearest' })
}
function take(i) {
  const item = items[i]
  query.setRangeText(item.insert, item.start, item.end, 'end')
  hide(); query.focus(); check(item.insert.endsWith('='))
}
window.addEventListener('message', ({ data }) => {
  if (data.type !== 'checked' || data.turn !== turn) return
  for (const p of document.querySelectorAll('.problem')) p.textContent = ''
  for (const problem of data.problems) if (fields().query.trim() || problem.field !== 'query') $('problem-' + problem.field).textContent = problem.text
  $('save').disabled = data.problems.length > 0 || !fields().query.trim()
  if (wanted) { items = data.items.slice(0, 50); at = 0; show() }
})
query.addEventListener('input', () => check(true))
query.addEventListener('blur', hide)
query.addEventListener('keydown', (e) => {
  if (e.ctrlKey && e.key === ' ') { e.preventDefault(); check(true); return }
  if (items.length === 0 && !(wanted && e.key === 'Escape')) return
  if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { at = (at + (e.key === 'ArrowDown' ? 1 : items.length - 1)) % items.length; show() }
  else if (e.key === 'Enter' || e.key === 'Tab') take(at)
  else if (e.key === 'Escape') hide()
  else return
  e.preventDefault()
})
for (const input of document.querySelectorAll('input')) input.addEventListener('input', () => check(false))
for (const start of document.querySelectorAll('.start')) start.addEventListener('click', () => { query.value = start.dataset.query; query.focus(); check(false) })
document.forms[0].addEventListener('submit', (e) => { e.preventDefault(); vscode.postMessage({ type: 'save', fields: fields() }) })
$('cancel').addEventListener('click', () => vscode.postMessage({ type: 'cancel' }))
query.focus(); check(false)
`
