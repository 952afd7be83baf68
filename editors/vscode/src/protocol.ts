// What the adapter and the language server say in requests of our own (docs/debugging.md, docs/language-server.md).

/** A tracepoint as the adapter tells of it. */
export interface Followed {
  readonly id: number
  readonly number: number
  readonly owner: 'source' | 'functions' | 'exceptions' | 'data' | 'launch' | 'console' | 'editor'
  readonly text: string
  readonly source?: { readonly name?: string; readonly path?: string }
  readonly line?: number
  readonly item?: Item
  readonly state: 'armed' | 'pending' | 'failed' | 'disarmed'
  readonly message: string
  readonly hits: number
  readonly errors: number
  readonly places: number
  readonly took?: string
  readonly copies: Copies
}

export interface Copies {
  readonly query: string
  readonly hunter: string
  readonly breakpoint: string
  readonly lost?: string
}

/** An entry of "trace" in a launch configuration, in its long form. */
export interface Item {
  readonly query: string
  readonly condition?: string
  readonly hit?: string
  readonly log?: string
  readonly stop?: boolean
  readonly limit?: number
  readonly rate?: number
  readonly color?: string
}

export interface TraceRecord {
  readonly seq: number
  readonly time: number
  readonly thread: string
  readonly kind: string
  readonly function: string
  readonly path: string
  readonly line: number
  readonly text: string
  readonly values: readonly { readonly name?: string; readonly text: string }[]
}

export interface RecordsBody {
  readonly number: number
  readonly records: readonly TraceRecord[]
  readonly total: number
}

/** A run, as tallyho/runState has it. */
export interface RunInfo {
  readonly session: string
  readonly program?: string
  readonly python?: string
  readonly state: 'running' | 'paused' | 'ended'
  readonly started: string
  readonly ended?: string
  readonly chosen?: boolean
  /** The part of the run that is annotated, as tallyho.follow takes it. */
  readonly following?: string
  readonly text: string
  readonly hits: number
  /** Nothing has been counted, or is: `hits` is no number then. */
  readonly uncounted?: boolean
  readonly skipped: number
  readonly stale: readonly string[]
  /** The recording that is kept of it. */
  readonly recording?: string
  /** Of a fleet that is asked: it has no counts of statements. */
  readonly processes?: readonly FleetProcess[]
}

/** One process of a fleet, as shop@host1:4711. */
export interface FleetProcess {
  readonly name: string
  readonly hits: number
}

export interface RunState {
  readonly text: string
  readonly runs: readonly RunInfo[]
}

export interface Position {
  readonly line: number
  readonly character: number
}

export interface Range {
  readonly start: Position
  readonly end: Position
}

export interface StatementCounts {
  readonly range: Range
  readonly hits: number
  readonly atLeast?: boolean
  readonly raised?: number
  readonly did: 'ran' | 'never' | 'unknown'
  readonly edited?: boolean
  readonly function?: string
  readonly calls?: number
}

export interface FileCounts {
  readonly session?: string
  readonly state?: string
  readonly edited?: boolean
  readonly note?: string
  readonly most: number
  readonly statements: readonly StatementCounts[]
}

export interface CoveredFile {
  readonly uri: string
  readonly ran: number
  readonly known: number
  readonly unknown: number
  readonly functions: number
  readonly called: number
  readonly hits: number
  readonly incomplete: string
}

export interface Coverage {
  readonly session?: string
  readonly title?: string
  readonly files: readonly CoveredFile[]
}

export interface ValueTable {
  readonly title: string
  readonly code: string
  readonly line: number
  readonly run?: string
  readonly hits: number
  readonly atLeast?: boolean
  readonly edited?: boolean
  readonly columns: readonly number[]
  readonly distinct?: boolean
  /** Each column is one that was recorded, with none between them. */
  readonly recorded?: boolean
  /** The columns are the calls of a function. */
  readonly calls?: boolean
  readonly rows: readonly { readonly name: string; readonly kind: string; readonly cells: readonly string[] }[]
  readonly errors?: readonly string[]
}

export interface TestItemInfo {
  readonly id: string
  readonly parent: string
  readonly name: string
  readonly class?: boolean
  readonly unittest?: boolean
  readonly range: Range
}

export interface Suggestion {
  readonly line: { readonly line: number; readonly logMessage: string }
  readonly function?: { readonly name: string; readonly query: string }
  readonly name?: { readonly name: string; readonly query: string }
  readonly names: readonly { readonly name: string; readonly query: string }[]
}

export interface QueryAnswer {
  readonly items: readonly { label: string; kind: string; detail: string; insert: string; start: number; end: number }[]
  readonly problems: readonly { field: string; text: string }[]
}

export interface Comparison {
  readonly title: string
  readonly markdown: string
  readonly differ: number
}

/** Answers a request of ours; undefined where there is no server. */
export type Ask = <R>(method: string, params: unknown) => Promise<R | undefined>
