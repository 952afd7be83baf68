// Waiting. Whatever a busy machine delays is waited for with one limit, which is far beyond what any of it takes.

import { AssertionError } from 'node:assert'

/** How long anything may take, in milliseconds. */
export const LIMIT = 240_000

/** How long one step with the mouse or a key may take before it is begun again. */
export const STEP = 10_000

/** How long an attempt waits for what it leads to: little at first, as the next one costs little, and a whole step where the machine is slow. */
export function patience() {
  let next = STEP / 4
  return () => {
    const now = next
    next = Math.min(2 * now, STEP)
    return now
  }
}

/** Polls until the function returns something other than undefined and false. */
export async function until(what, get, limit = LIMIT) {
  const end = Date.now() + limit
  for (;;) {
    const got = await get()
    if (got !== undefined && got !== false) {
      return got
    }
    if (Date.now() > end) {
      throw new Error(`waited in vain until ${what}`)
    }
    await new Promise((wake) => setTimeout(wake, 100))
  }
}

/** Reports whether something became so within a step, or another time. */
export async function soon(get, limit = STEP) {
  try {
    await until('', get, limit)
    return true
  } catch {
    return false
  }
}

// What the scene does something for, while it does. A window that is very busy takes a click after it was given up: before it is clicked again, this is looked at.
let wanted

/** Does something that is to be done once, as doing it again would take it back, and waits for what it leads to. */
export async function once(what, act, so) {
  await knowing(so, act)
  await until(what, so)
}

/** Does something while it is known what that leads to. */
async function knowing(so, act) {
  const before = wanted
  wanted = so
  try {
    return await act()
  } finally {
    wanted = before
  }
}

/** Does something with the window again until it took: a window that is busy misses a key, or closes a box as the focus comes late. */
export async function again(what, act) {
  const began = Date.now()
  const end = began + LIMIT
  const reasons = []
  for (;;) {
    let why = new Error('it led to nothing')
    try {
      const got = (reasons.length > 0 && (await wanted?.())) || (await act())
      if (got !== undefined && got !== false) {
        tell(what, began, reasons)
        return got
      }
    } catch (error) {
      if (error instanceof AssertionError) {
        throw error
      }
      why = error
    }
    reasons.push(why.message.split('\n')[0])
    if (Date.now() > end) {
      throw new Error(`tried in vain: ${what}`, { cause: why })
    }
    await new Promise((wake) => setTimeout(wake, 100))
  }
}

/** Says what had to be begun anew, and why: it is what makes a run long. */
function tell(what, began, reasons) {
  const seconds = (Date.now() - began) / 1000
  if (reasons.length > 0 && seconds > 2) {
    console.log(`   ${what}: begun ${reasons.length + 1} times in ${seconds.toFixed(1)} s: ${[...new Set(reasons)].join('; ')}`)
  }
}

/**
 * Does something, again where that led to nothing within a step, until what it leads to is so. A view that is made anew just then loses the row
 * that is meant: VS Code hands over none, and the command asks for one.
 */
export async function leads(what, act, so) {
  const waits = patience()
  await knowing(so, () =>
    again(what, async () => {
      await act()
      return soon(so, waits())
    }),
  )
}
