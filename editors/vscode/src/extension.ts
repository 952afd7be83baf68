// The extension's entry: it starts `tallyho dap` for a debug session and `tallyho lsp` for the editor, offers
// `tallyho mcp` to agents, and wires the views to what the two tell.

import * as vscode from 'vscode'
import { registerAgents } from './agents.js'
import { Counted } from './counted.js'
import { CoverageView } from './coverageview.js'
import { registerDebugger } from './debug.js'
import { registerDump } from './dump.js'
import { registerFollow } from './follow.js'
import { Form } from './form.js'
import { Gutter } from './gutter.js'
import { Heat } from './heat.js'
import { registerHistory } from './history.js'
import { Places } from './places.js'
import { RecordsView } from './recordsview.js'
import { RunsView } from './runsview.js'
import { Server } from './server.js'
import { Sessions } from './session.js'
import { registerStatus } from './status.js'
import { registerTestLenses } from './testlens.js'
import { Tests } from './tests.js'
import { TraceCommands } from './trace.js'
import { Tracepoints } from './tracepoints.js'
import { TracepointsView } from './tracepointsview.js'
import { ValuesView } from './valuesview.js'
import { registerWays } from './ways.js'

export function activate(context: vscode.ExtensionContext): void {
  const server = new Server(context)
  const { ask } = server
  const sessions = new Sessions()
  const tracepoints = new Tracepoints(context.workspaceState, sessions)
  registerDebugger(context, ask, () => tracepoints.own)
  registerWays(context, ask)
  registerAgents(context)
  const choice = new TracepointsView(tracepoints, sessions, new Form(ask, tracepoints))
  const counted = new Counted(server)
  const places = new Places(ask, tracepoints)
  const controller = vscode.tests.createTestController('tallyho', 'Tallyho')
  const tests = new Tests(ask, controller, context.extensionUri)
  context.subscriptions.push(
    server,
    sessions,
    tracepoints,
    counted,
    places,
    ...new RunsView(server).register(),
    ...choice.register(),
    ...new RecordsView(tracepoints, sessions).register(choice),
    ...new ValuesView(ask, server).register(),
    ...new Gutter(places).register(),
    ...new Heat(counted).register(),
    ...new TraceCommands(ask, server, sessions, tracepoints, places).register(),
    ...tests.register(new CoverageView(server, controller)),
    ...registerTestLenses(ask, server.onDidChangeRuns),
    ...registerStatus(server),
    ...registerHistory(),
    ...registerDump(),
    ...registerFollow(server),
    vscode.commands.registerCommand('tallyho.restartServer', () => server.restart()),
    vscode.commands.registerCommand('tallyho.openWalkthrough', () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#tallyho.start`, false),
    ),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('tallyho.path')) {
        void server.restart()
      }
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => server.restart()),
  )
  // Not awaited: a debug session may start before the server does.
  void server.restart().then(() => tests.begin())
}
