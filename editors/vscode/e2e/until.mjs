// Waiting. Whatever a busy machine delays is waited for with one limit, which is far beyond what any of it takes.

import { AssertionError } from 'node:assert'

/** How long anything may take, in milliseconds. */
export const LIMIT = 240_000

/** How long one step with the mouse or a key may take before it is begun again. */
export const STEP = 10_000

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

/** Reports whether something became so within a step. */
export async function soon(get) {
  try {
    await until('', get, STEP)
    return true
  } catch {
    return false
  }
}

/** Does something with the window again until it took: a window that is busy misses a key, or closes a box as the focus comes late. */
export async function again(what, act) {
  const end = Date.now() + LIMIT
  for (;;) {
    let why
    try {
      const got = await act()
      if (got !== undefined && got !== false) {
        return got
      }
    } catch (error) {
      if (error instanceof AssertionError) {
        throw error
      }
      why = error
    }
    if (Date.now() > end) {
      throw new Error(`tried in vain: ${what}`, { cause: why })
    }
    await new Promise((wake) => setTimeout(wake, 100))
  }
}

/**
 * Does something, again where that led to nothing within a step, until what it leads to is so. A view that is made anew just then loses the row
 * that is meant: VS Code hands over none, and the command asks for one.
 */
export async function leads(what, act, so) {
  let done = false
  await again(what, async () => {
    if (done && (await so())) {
      return true // it came later than a step takes
    }
    await act()
    done = true
    return soon(so)
  })
}
