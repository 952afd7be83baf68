// The page of the view "Values". What the program's values hold is text, never markup.

import type { ValueTable } from './protocol.js'
import { grouped, plural } from './words.js'

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}

/** The table of a statement, or a sentence that says why there is none. */
export function tableOf(table: ValueTable | undefined): string {
  if (table === undefined || table.title === '') {
    return '<p class="none">Put the cursor on a line that ran: what its names held at each hit is shown here.</p>'
  }
  const head = `<h2><code>${escaped(table.code)}</code></h2><p class="run">${table.atLeast ? '≥' : ''}${plural(table.hits, table.distinct || table.calls ? 'call' : 'hit')}${
    table.run ? ` · ${escaped(table.run)}` : ''
  }</p>`
  const told = table.rows.some((row) => row.kind === 'exception') && table.errors?.length === 1 // the row says it
  const errors = (told ? [] : (table.errors ?? [])).map((error) => `<p class="error">✗ ${escaped(error)}</p>`).join('')
  if (table.rows.length === 0) {
    const why = table.edited ? 'The line was edited since it ran: its count holds, its values are not shown.' : table.hits > 0 ? 'No values were sampled here.' : table.distinct ? 'It has not been called.' : 'It has not run.' // true of a program that runs as well
    return `${head}<p class="none">${why}</p>${errors}`
  }
  const hits = table.distinct ? `<th colspan="${table.columns.length}">different values</th>` : table.columns.map((hit) => `<th scope="col">${grouped(hit)}</th>`).join('')
  const rows = table.rows.map((row) => {
    const cells = row.cells.map((cell, i) => {
      // What is as it was before is dimmed: the eye finds what changed.
      const same = i > 0 && cell !== '' && cell === row.cells[i - 1]
      return `<td${same ? ' class="same"' : ''} title="${escaped(cell)}">${escaped(cell)}</td>`
    })
    return `<tr class="${escaped(row.kind)}"><th scope="row">${escaped(row.name)}</th>${cells.join('')}</tr>`
  })
  const left = leftOut(table)
  return `${head}<div class="scroll"><table><thead><tr><th>${table.distinct ? '' : table.calls ? 'call' : 'hit'}</th>${hits}</tr></thead><tbody>${rows.join('')}</tbody></table></div>${left}${errors}`
}

/** What of a statement's hits is not in its table. */
function leftOut(table: ValueTable): string {
  if (table.distinct || table.columns.length >= table.hits) {
    return ''
  }
  const what = table.calls ? 'call' : 'hit'
  const shown = table.recorded
    ? `${what}s ${grouped(table.columns[0] ?? 0)} to ${grouped(table.columns.at(-1) ?? 0)} of the ${grouped(table.hits)} that were recorded`
    : `${plural(table.columns.length, what)} of ${grouped(table.hits)} sampled`
  return `<p class="run">${shown}.</p>`
}

export function page(body: string): string {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body { font: var(--vscode-font-size)/1.5 var(--vscode-font-family); color: var(--vscode-foreground); padding: 0 12px 8px; }
h2 { font-size: 1em; font-weight: 600; margin: 6px 0 0; }
code { background: none; padding: 0; color: inherit; }
code, td, th[scope=row] { font-family: var(--vscode-editor-font-family); }
.run, .none { color: var(--vscode-descriptionForeground); margin: 2px 0 6px; }
.error, .exception td { color: var(--vscode-errorForeground); margin: 4px 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { padding: 1px 10px 1px 0; text-align: left; white-space: nowrap; max-width: 12em; overflow: hidden; text-overflow: ellipsis; border-bottom: 1px solid var(--vscode-panel-border, transparent); }
thead th { color: var(--vscode-descriptionForeground); font-weight: normal; }
th[scope=row] { color: var(--vscode-symbolIcon-variableForeground, var(--vscode-foreground)); position: sticky; left: 0; background: var(--vscode-sideBar-background); }
td.same { opacity: 0.45; }
</style></head><body>${body}</body></html>`
}
