// What became of tests, as python/tests.py writes it.

export interface TestResult {
  readonly file: string
  readonly id: string // "" is the file itself: it could not be imported
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly seconds: number
  readonly message?: string
  readonly path?: string
  readonly line?: number
}

/** Reads lines of JSON. One that is still being written is left out. */
export function resultsIn(text: string): TestResult[] {
  const results: TestResult[] = []
  for (const line of text.split('\n')) {
    try {
      results.push(JSON.parse(line) as TestResult)
    } catch {
      // The last line may be half.
    }
  }
  return results
}

const order = ['skipped', 'passed', 'failed'] as const

/** One result for each test: of those with parameters the worst, and how long all took. */
export function summed(results: readonly TestResult[]): TestResult[] {
  const all = new Map<string, TestResult>()
  for (const result of results) {
    const key = `${result.file}::${result.id}`
    const had = all.get(key)
    if (had === undefined) {
      all.set(key, result)
      continue
    }
    const worse = order.indexOf(result.outcome) > order.indexOf(had.outcome) ? result : had
    all.set(key, { ...worse, seconds: had.seconds + result.seconds })
  }
  return [...all.values()]
}
