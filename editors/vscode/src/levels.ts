// How hot a line is, and which lines never ran.

import type { StatementCounts } from './protocol.js'

export const levels = 5

/** The level of a count, 1 to 5, by orders of magnitude below the file's most: a program's counts differ by powers. */
export function levelOf(hits: number, most: number): number {
  if (hits <= 0) {
    return 0
  }
  if (most <= 1) {
    return 1
  }
  return 1 + Math.round(((levels - 1) * Math.log(hits)) / Math.log(most))
}

/** Lines (from 0) by level: a line is as hot as the hottest that begins on it. */
export function heatOf(statements: readonly StatementCounts[], most: number): Map<number, number> {
  const lines = new Map<number, number>()
  for (const { range, hits } of statements) {
    const level = levelOf(hits, most)
    if (level > (lines.get(range.start.line) ?? 0)) {
      lines.set(range.start.line, level)
    }
  }
  return lines
}

/** The ranges of lines that are known never to have run: none on which anything did, or may have. */
export function neverRan(statements: readonly StatementCounts[]): { readonly start: number; readonly end: number }[] {
  const others = new Set<number>()
  for (const { range, did } of statements) {
    if (did !== 'never') {
      for (let line = range.start.line; line <= range.end.line; line++) {
        others.add(line)
      }
    }
  }
  const ranges: { start: number; end: number }[] = []
  for (const { range, did } of statements) {
    if (did === 'never' && !others.has(range.start.line)) {
      let end = range.end.line
      // The end of a header is where its block begins, which may be the next line.
      if (end > range.start.line && range.end.character === 0) {
        end--
      }
      ranges.push({ start: range.start.line, end })
    }
  }
  return ranges
}

/** The color of a level, as on a weather map: from blue to red. */
export function colorOf(level: number): string {
  return ['#5b8def', '#3fb6a8', '#c9b23a', '#e28b2d', '#d9453d'][level - 1] ?? 'transparent'
}
