// Offers a server to an editor's agents, where the editor knows such servers.

/** The part of the editor's interface for agents that is used here; editors before 1.101 have none, or another one. */
export interface AgentEditor<D> {
  readonly lm?: { registerMcpServerDefinitionProvider?(id: string, provider: Provider): D }
  readonly McpStdioServerDefinition?: StdioServer
}

export interface Provider {
  provideMcpServerDefinitions(): unknown[]
}

type StdioServer = new (label: string, command: string, args: string[], env?: Record<string, string>, version?: string) => unknown

/** The command line of the server for the folders of a window: it looks into nothing else. */
export function serverArguments(folders: readonly string[]): string[] {
  return ['mcp', ...folders.flatMap((folder) => ['--root', folder])]
}

/**
 * Registers the server; returns what takes it back, or nothing. An editor of the months in which this interface was a proposal has the
 * function and throws in it: that must cost the person nothing but the agents' server.
 */
export function offer<D>(editor: AgentEditor<D>, servers: (Server: StdioServer) => unknown[]): D | undefined {
  try {
    const Server = editor.McpStdioServerDefinition
    if (Server === undefined) {
      return undefined
    }
    return editor.lm?.registerMcpServerDefinitionProvider?.('tallyho', { provideMcpServerDefinitions: () => servers(Server) })
  } catch {
    return undefined
  }
}
