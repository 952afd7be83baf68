// What a person does, scene after scene in one window. Each scene begins where the one before it ended.

import { attached } from './scenes/attached.mjs'
import { first } from './scenes/first.mjs'
import { last } from './scenes/last.mjs'
import { shown } from './scenes/shown.mjs'
import { started } from './scenes/started.mjs'
import { stopped } from './scenes/stopped.mjs'
import { tracing } from './scenes/traced.mjs'

export const scenes = { ...first, ...tracing, ...shown, ...started, ...stopped, ...attached, ...last }
