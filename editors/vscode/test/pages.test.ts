import assert from 'node:assert/strict'
import { test } from 'node:test'
import { show } from '../src/pages.js'

const page = { uri: 'tallyho:/samples/loop.py%20line%204.md?e30' }
const opened = (): Promise<{ success: boolean }> => Promise.resolve({ success: false })

test('pages: a page of samples is shown rendered', async () => {
  const seen: string[] = []
  const got = await show(page, (uri) => Promise.resolve(seen.push(uri)), opened)
  assert.deepEqual(got, { success: true })
  assert.deepEqual(seen, [page.uri])
})

test('pages: other documents are opened as they are', async () => {
  const got = await show({ uri: 'file:///a.md' }, () => assert.fail('a preview of it'), opened)
  assert.deepEqual(got, { success: false })
})

test('pages: without a preview the text is opened', async () => {
  const got = await show(page, () => Promise.reject(new Error('no such command')), opened)
  assert.deepEqual(got, { success: false })
})
