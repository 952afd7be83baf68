// Which settings go to the language server.

/** Settings of the extension itself, by their key without the prefix `tallyho.`; the server does not know them. */
export const ownSettings: ReadonlySet<string> = new Set(['path', 'trace.server', 'heat', 'dimNeverRun', 'coverageAfterRun', 'testLens'])

/** The contributed settings of package.json, by their full key. */
export type Contributed = Readonly<Record<string, { readonly default?: unknown }>>

/**
 * Returns the server's settings as one nested object, as `initializationOptions` and `workspace/configuration` carry
 * them: `tallyho.a.b` becomes `{a: {b: …}}`. get is asked with the key without its prefix.
 */
export function serverSettings(contributed: Contributed, get: (key: string) => unknown): Record<string, unknown> {
  const settings: Record<string, unknown> = {}
  for (const [name, { default: fallback }] of Object.entries(contributed)) {
    const key = name.replace(/^tallyho\./, '')
    if (!ownSettings.has(key)) {
      put(settings, key.split('.'), get(key) ?? fallback)
    }
  }
  return settings
}

/** Returns what VS Code has under `tallyho`, without the extension's own settings: the server would warn of each. */
export function withoutOwn(all: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !ownSettings.has(key)))
}

function put(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [first, ...rest] = path
  if (first === undefined) {
    return
  }
  if (rest.length === 0) {
    into[first] = value
    return
  }
  const next = (into[first] ?? {}) as Record<string, unknown>
  into[first] = next
  put(next, rest, value)
}
