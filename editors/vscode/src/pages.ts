// Shows the server's pages of samples rendered: they are tables.

/** What the server asks to be shown, as far as it matters here. */
export interface Shown {
  readonly uri: string
}

/** Opens a page in VS Code's Markdown preview; it rejects where there is none. */
export type Preview = (uri: string) => PromiseLike<unknown>

/**
 * Shows a document of ours as the person reads it; all others, and ours where there is no preview, as the client does.
 */
export async function show<R>(params: Shown, preview: Preview, next: () => PromiseLike<R>): Promise<R | { success: true }> {
  if (!params.uri.startsWith('tallyho:')) {
    return next()
  }
  try {
    await preview(params.uri)
    return { success: true }
  } catch {
    return next()
  }
}
