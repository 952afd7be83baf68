// The processes to choose from: programs that listen for Tallyho first, then other Pythons.

/** A line of `tallyho sessions --json`. */
export interface SessionLine {
  readonly session?: string
  readonly pid?: number
  readonly program?: string
  readonly workspace?: string
  readonly started?: string
  readonly state: string
}

export interface Choice {
  readonly label: string
  readonly description: string
  readonly detail?: string
  readonly pid: number
}

/** Lists what can be chosen. Programs that are traced already have somebody; they come last of ours. */
export function choices(sessions: readonly SessionLine[], processes: string): Choice[] {
  const list: Choice[] = []
  const seen = new Set<number>()
  const order = (state: string): number => (state === 'attachable' ? 0 : 1)
  for (const line of [...sessions].sort((a, b) => order(a.state) - order(b.state))) {
    if (line.pid === undefined || line.pid === 0 || line.state === 'ended' || seen.has(line.pid)) {
      continue
    }
    seen.add(line.pid)
    const traced = order(line.state) === 1
    list.push({
      label: line.program?.split(/[/\\]/).pop() ?? String(line.pid),
      description: `${line.pid} · ${traced ? `is traced already (${line.state})` : 'listens for Tallyho'}`,
      ...(line.workspace ? { detail: line.workspace } : {}),
      pid: line.pid,
    })
  }
  for (const text of processes.split('\n')) {
    const found = /^\s*(\d+)\s+(.*\S)/.exec(text)
    const pid = Number(found?.[1])
    const command = found?.[2] ?? ''
    const program = command.split(/\s/)[0]?.split('/').pop() ?? ''
    if (found === null || seen.has(pid) || !/^(python|pypy)[\d.]*$/i.test(program)) {
      continue
    }
    seen.add(pid)
    list.push({ label: command.split(/\s/).slice(1).find((word) => !word.startsWith('-'))?.split('/').pop() ?? program, description: `${pid} · Python 3.14 or newer can be attached to`, detail: command, pid })
  }
  return list
}
