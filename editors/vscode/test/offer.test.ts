import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AgentEditor, offer, type Provider, serverArguments } from '../src/offer.js'

class Definition {
  constructor(readonly label: string) {}
}

test('agents: the server is offered where the editor knows such servers', () => {
  const seen: [string, Provider][] = []
  const editor = { lm: { registerMcpServerDefinitionProvider: (...given: [string, Provider]) => seen.push(given) }, McpStdioServerDefinition: Definition }
  assert.equal(offer(editor, (Server) => [new Server('it', '', [])]), 1)
  assert.equal(seen[0]?.[0], 'tallyho')
  assert.deepEqual(seen[0]?.[1].provideMcpServerDefinitions(), [new Definition('it')])
})

const refuse = (): never => {
  throw new Error('not in contributes.modelContextServerCollections')
}

// Whatever an editor does here, the extension's other parts start.
const without: Record<string, AgentEditor<number>> = {
  'nothing of the kind': {},
  'no language models': { McpStdioServerDefinition: Definition },
  'another interface of them': { lm: {}, McpStdioServerDefinition: Definition },
  'no definition': { lm: { registerMcpServerDefinitionProvider: () => 1 } },
  'a function that refuses': { lm: { registerMcpServerDefinitionProvider: refuse }, McpStdioServerDefinition: Definition },
  'an interface that may not be looked at': {
    get lm(): never {
      return refuse()
    },
    McpStdioServerDefinition: Definition,
  },
}

for (const [what, editor] of Object.entries(without)) {
  test(`agents: nothing is offered to an editor with ${what}`, () => {
    assert.equal(offer(editor, () => []), undefined)
  })
}

test('agents: the server looks into the folders of the window', () => {
  assert.deepEqual(serverArguments(['/a', '/b c']), ['mcp', '--root', '/a', '--root', '/b c'])
})
