// The debug sessions of type "tallyho": what the adapter tells of their tracepoints and records.

import * as vscode from 'vscode'
import type { Followed, RecordsBody, TraceRecord } from './protocol.js'
import { Records } from './records.js'

/** One session, also after it has ended: what it told stays until the next begins. */
export class Traced {
  followed: readonly Followed[] = []
  readonly records = new Records()
  ended = false

  constructor(readonly session: vscode.DebugSession) {}
}

/** The sessions of the window. The newest is the one that views show. */
export class Sessions implements vscode.Disposable {
  current: Traced | undefined
  private readonly all = new Map<string, Traced>()
  private readonly changes = new vscode.EventEmitter<void>()
  private readonly recorded = new vscode.EventEmitter<readonly TraceRecord[]>()
  private readonly subscriptions: vscode.Disposable[]

  /** Something about tracepoints has changed. */
  readonly onDidChange = this.changes.event
  /** New records have come. */
  readonly onDidRecord = this.recorded.event

  constructor() {
    this.subscriptions = [
      vscode.debug.onDidStartDebugSession((session) => this.begin(session)),
      vscode.debug.onDidTerminateDebugSession((session) => this.end(session)),
      vscode.debug.onDidReceiveDebugSessionCustomEvent((event) => this.take(event)),
      this.changes,
      this.recorded,
    ]
  }

  dispose(): void {
    for (const one of this.subscriptions) {
      one.dispose()
    }
  }

  /** The session that runs now, if one does. */
  get running(): Traced | undefined {
    return this.current !== undefined && !this.current.ended ? this.current : undefined
  }

  /** Sends a request of our own to the running session, whose answer has all tracepoints; false where nobody answered it. */
  async request(command: string, args: unknown): Promise<boolean> {
    const traced = this.running
    if (traced === undefined) {
      return false
    }
    try {
      const body = (await traced.session.customRequest(command, args)) as { tracepoints: Followed[] }
      traced.followed = body.tracepoints
      this.changes.fire()
      return true
    } catch (error) {
      if (!traced.ended) {
        void vscode.window.showWarningMessage(`Tallyho: ${error instanceof Error ? error.message : String(error)}`)
      }
      return false
    }
  }

  private begin(session: vscode.DebugSession): void {
    if (session.type !== 'tallyho') {
      return
    }
    const traced = new Traced(session)
    this.all.set(session.id, traced)
    this.current = traced
    this.changes.fire()
    void this.request('tallyho/follow', {})
  }

  private end(session: vscode.DebugSession): void {
    const traced = this.all.get(session.id)
    if (traced !== undefined) {
      traced.ended = true
      this.all.delete(session.id)
      this.changes.fire()
    }
  }

  private take(event: vscode.DebugSessionCustomEvent): void {
    const traced = this.all.get(event.session.id)
    if (traced === undefined) {
      return
    }
    if (event.event === 'tallyho/tracepoints') {
      traced.followed = (event.body as { tracepoints: Followed[] }).tracepoints
      this.changes.fire()
    } else if (event.event === 'tallyho/records') {
      const body = event.body as RecordsBody
      traced.records.add(body)
      this.recorded.fire(body.records)
    }
  }
}
