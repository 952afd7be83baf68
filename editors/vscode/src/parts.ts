// What can be followed in a recorded run, as a list.

/** Something that can be followed, as tallyho/parts has it. */
export interface Part {
  readonly kind: 'call' | 'test' | 'request' | 'task' | 'thread'
  readonly what: string
  readonly text: string
}

export interface Parts {
  readonly session: string
  /** The function whose calls these are, else the program. */
  readonly title: string
  readonly following?: string
  readonly parts: readonly Part[]
  /** How many more there are. */
  readonly more?: number
}

export interface PartItem {
  readonly label: string
  /** The heading above what follows: it is no choice. */
  readonly heading?: true
  /** What tallyho.follow takes; "" ends it. */
  readonly what?: string
}

/** A row for each part below a heading for each kind, and before them the way back. */
export function partItems(list: Parts): PartItem[] {
  const items: PartItem[] = []
  if (list.following !== undefined && list.following !== '') {
    items.push({ label: '$(close) Show all of the run', what: '' })
  }
  let kind = ''
  for (const part of list.parts) {
    if (part.kind !== kind) {
      kind = part.kind
      items.push({ label: `${kind}s`, heading: true })
    }
    items.push({ label: part.text, what: part.what })
  }
  return items
}

/** What the list says of itself. */
export function partsHint(list: Parts): string {
  const more = list.more ?? 0
  return more > 0 ? `Annotate from one of them alone; ${more.toLocaleString('en')} more are not listed` : 'Annotate from one of them alone'
}
