// Numbers and runs as they are shown.

import type { RunState } from './protocol.js'

/** Writes a number with a comma between thousands: 12,340. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',')
}

/** Writes a number with its noun: 1 hit, 2 hits. */
export function plural(n: number, noun: string): string {
  return `${grouped(n)} ${noun}${n === 1 ? '' : noun.endsWith('s') ? 'es' : 's'}`
}

/** The last part of a path of either system. */
export function baseName(path: string): string {
  return path.split(/[/\\]/).pop() ?? path
}

/** What a run did, for a status bar: running · 12,340 hits · 3 files edited since. */
export function runWords(run: { state: string; hits: number; uncounted?: boolean; stale: readonly string[] }): string {
  const words = run.uncounted ? [run.state] : [run.state, plural(run.hits, 'hit')]
  if (run.stale.length > 0) {
    words.push(`${plural(run.stale.length, 'file')} edited since`)
  }
  return words.join(' · ')
}

/** A share in per cent that is 100 or 0 only where it is that: 99.9 % of much is not all. */
export function percent(part: number, whole: number): string {
  if (whole === 0) {
    return '–'
  }
  const rounded = Math.round((100 * part) / whole)
  if (rounded === 100 && part < whole) {
    return '>99 %'
  }
  return rounded === 0 && part > 0 ? '<1 %' : `${rounded} %`
}

/** The item's text: the newest run, or the chosen one. */
export function statusOf(state: RunState): { readonly text: string; readonly tooltip: string } {
  const run = state.runs.find((one) => one.chosen) ?? state.runs[0]
  if (run === undefined) {
    return { text: '$(eye) Tallyho', tooltip: 'Tallyho: nothing ran yet' }
  }
  const icon = run.state === 'running' ? '$(sync~spin)' : run.state === 'paused' ? '$(debug-pause)' : '$(eye)'
  const name = run.program ? `${baseName(run.program)}: ` : ''
  return { text: `${icon} ${name}${runWords(run)}`, tooltip: state.runs.slice(0, 5).map((one) => one.text).join('\n') }
}
