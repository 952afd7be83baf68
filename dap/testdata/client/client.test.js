'use strict';
// The scenarios of @vscode/debugadapter-testsupport against `tallyho dap`.
// The environment names what to run (RUNTIME: it takes "dap" as its argument)
// and which interpreter (PYTHON).

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { DebugClient } = require('@vscode/debugadapter-testsupport');

const { RUNTIME, PYTHON } = process.env;

const SHOP = `import time


def price(item, n):
    total = n * len(item)
    return total


for n in range(5):
    price("apple", n)
print("done")
`;

const LOOP = `import os, threading, time


def tick(n):
    return n + 1


n = 0
while not os.path.exists("stop"):
    n = tick(n)
    time.sleep(0.002)
`;

describe('tallyho dap', function () {
  this.timeout(60000);
  let dc;
  let dir;

  /** Writes a program; its path has symbolic links resolved, as Python's has. */
  function program(text) {
    const file = path.join(dir, 'program.py');
    fs.writeFileSync(file, text);
    return file;
  }

  /** The text of all output events of a category from now on. */
  function collect(category) {
    const seen = [];
    dc.on('output', (e) => {
      if (e.body.category === category) seen.push(e.body);
    });
    return { events: seen, text: () => seen.map((b) => b.output).join('') };
  }

  beforeEach(async () => {
    dir = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'tallyho-client-')));
    dc = new DebugClient(RUNTIME, 'dap', 'tallyho');
    dc.defaultTimeout = 30000;
    await dc.start();
  });

  afterEach(async () => {
    await dc.stop();
    fs.rmSync(dir, { recursive: true, force: true });
  });

  it('answers an unknown request with an error', async () => {
    await assert.rejects(dc.send('illegalRequest'));
  });

  it('says what it can', async () => {
    const { body } = await dc.initializeRequest();
    assert.strictEqual(body.supportsLogPoints, true);
    assert.strictEqual(body.supportsConfigurationDoneRequest, true);
    assert.strictEqual(body.supportsRestartRequest, true);
    assert.deepStrictEqual(body.breakpointModes.map((m) => m.mode), ['stop', 'trace', 'time', 'count']);
    assert.ok(!body.supportsStepBack);
  });

  it('runs a program to its end', async () => {
    const out = collect('stdout');
    await Promise.all([
      dc.configurationSequence(),
      dc.launch({ program: program(SHOP), python: PYTHON }),
      dc.waitForEvent('terminated'),
    ]);
    assert.strictEqual(out.text(), 'done\n');
  });

  it('reports the exit code', async () => {
    const [exited] = await Promise.all([
      dc.waitForEvent('exited'),
      dc.configurationSequence(),
      dc.launch({ program: program('import sys; sys.exit(3)\n'), python: PYTHON }),
    ]);
    assert.strictEqual(exited.body.exitCode, 3);
  });

  it('logs at a breakpoint, with a condition and a hit condition', async () => {
    const file = program(SHOP);
    const out = collect('console');
    const configure = dc.waitForEvent('initialized').then(async () => {
      const { body } = await dc.setBreakpointsRequest({
        source: { path: file },
        breakpoints: [{ line: 6, condition: 'n > 1', hitCondition: '>=2', logMessage: 'total={total}' }],
      });
      assert.strictEqual(body.breakpoints.length, 1);
      assert.strictEqual(body.breakpoints[0].line, 6);
      await dc.configurationDoneRequest();
    });
    await Promise.all([
      configure,
      dc.launch({ program: file, python: PYTHON }),
      dc.waitForEvent('terminated'),
    ]);
    assert.strictEqual(out.text(), 'total=15\ntotal=20\n');
    for (const e of out.events) {
      assert.strictEqual(e.source.path, file);
      assert.strictEqual(e.line, 6);
    }
  });

  it('says at once what is wrong with a breakpoint', async () => {
    const file = program(SHOP);
    await Promise.all([dc.waitForEvent('initialized'), dc.launch({ program: file, python: PYTHON })]);
    const { body } = await dc.setBreakpointsRequest({
      source: { path: file },
      breakpoints: [
        { line: 5, logMessage: 'x', hitCondition: 'often' },
        { line: 6, logMessage: '{total' },
        { line: 6, logMessage: 'x', condition: 'functoin="price"' },
      ],
    });
    for (const b of body.breakpoints) {
      assert.strictEqual(b.verified, false);
      assert.match(b.message, /error: .*\n.*\n *\^/);
    }
    await Promise.all([dc.configurationDoneRequest(), dc.waitForEvent('terminated')]);
  });

  it('stops at a breakpoint', async () => {
    const file = program(SHOP);
    await dc.hitBreakpoint({ program: file, python: PYTHON }, { path: file, line: 6 });
    const { body } = await dc.threadsRequest();
    const threadId = body.threads[0].id;
    const stack = await dc.stackTraceRequest({ threadId, startFrame: 0, levels: 1 });
    assert.strictEqual(stack.body.stackFrames.length, 1);
    assert.strictEqual(stack.body.totalFrames, 2);
    const frameId = stack.body.stackFrames[0].id;
    const { body: scopes } = await dc.scopesRequest({ frameId });
    const { body: locals } = await dc.variablesRequest({ variablesReference: scopes.scopes[0].variablesReference });
    assert.deepStrictEqual(locals.variables.map((v) => `${v.name}=${v.value}`), ["item='apple'", 'n=0', 'total=0']);
    const answer = await dc.evaluateRequest({ expression: 'item.upper() * 2', frameId, context: 'watch' });
    assert.strictEqual(answer.body.result, "'APPLEAPPLE'");
    await Promise.all([dc.nextRequest({ threadId }), dc.assertStoppedLocation('step', { path: file, line: 10 })]);
    await Promise.all([dc.stepInRequest({ threadId }), dc.assertStoppedLocation('step', { line: 9 })]);
  });

  it('stops at a conditional breakpoint', async () => {
    const file = program(SHOP);
    const configure = dc.waitForEvent('initialized').then(async () => {
      await dc.setBreakpointsRequest({ source: { path: file }, breakpoints: [{ line: 5, condition: 'n == 3' }] });
      await dc.configurationDoneRequest();
    });
    await Promise.all([
      configure,
      dc.launch({ program: file, python: PYTHON }),
      dc.assertStoppedLocation('breakpoint', { path: file, line: 5 }).then(async (stack) => {
        const frameId = stack.body.stackFrames[0].id;
        const { body } = await dc.evaluateRequest({ expression: 'n', frameId, context: 'hover' });
        assert.strictEqual(body.result, '3');
        await dc.continueRequest({ threadId: 1 });
      }),
      dc.waitForEvent('terminated'),
    ]);
  });

  it('stops at the entry, and restarts', async () => {
    const file = program(SHOP);
    const out = collect('stdout');
    await Promise.all([
      dc.configurationSequence(),
      dc.launch({ program: file, python: PYTHON, stopOnEntry: true }),
      dc.assertStoppedLocation('entry', { path: file, line: 1 }),
    ]);
    await Promise.all([
      dc.customRequest('restart', { arguments: { program: file, python: PYTHON } }),
      dc.waitForEvent('terminated'),
    ]);
    assert.strictEqual(out.text(), 'done\n');
  });

  it('stops at a function', async () => {
    const file = program(SHOP);
    const configure = dc.waitForEvent('initialized').then(async () => {
      await dc.setFunctionBreakpointsRequest({ breakpoints: [{ name: 'price', hitCondition: '2' }] });
      await dc.configurationDoneRequest();
    });
    await Promise.all([
      configure,
      dc.launch({ program: file, python: PYTHON }),
      dc.assertStoppedLocation('function breakpoint', { path: file, line: 4 }),
    ]);
  });

  it('stops at an uncaught exception', async () => {
    const file = program('def f():\n    raise KeyError("k")\n\n\nf()\n');
    const configure = dc.waitForEvent('initialized').then(async () => {
      const { body } = await dc.setExceptionBreakpointsRequest({ filters: ['uncaught'] });
      assert.strictEqual(body.breakpoints.length, 1);
      await dc.configurationDoneRequest();
    });
    await Promise.all([
      configure,
      dc.launch({ program: file, python: PYTHON }),
      dc.assertStoppedLocation('exception', { path: file, line: 2 }),
    ]);
    const { body } = await dc.exceptionInfoRequest({ threadId: 1 });
    assert.strictEqual(body.breakMode, 'unhandled');
    assert.strictEqual(body.details.typeName, 'KeyError');
  });

  it('logs raised exceptions where the mode says so', async () => {
    const out = collect('console');
    const text = 'def f():\n    raise KeyError("k")\n\n\ntry:\n    f()\nexcept KeyError:\n    pass\n';
    const configure = dc.waitForEvent('initialized').then(async () => {
      const { body } = await dc.setExceptionBreakpointsRequest({
        filters: ['uncaught'],
        filterOptions: [{ filterId: 'raised', mode: 'trace' }],
      });
      assert.strictEqual(body.breakpoints.length, 2);
      await dc.configurationDoneRequest();
    });
    await Promise.all([
      configure,
      dc.launch({ program: program(text), python: PYTHON }),
      dc.waitForEvent('terminated'),
    ]);
    assert.match(out.text(), /KeyError/);
  });

  it('lists threads and takes queries while the program runs', async () => {
    const [started] = await Promise.all([
      dc.waitForEvent('process'),
      dc.configurationSequence(),
      dc.launch({ program: program(LOOP), python: PYTHON }),
    ]);
    assert.ok(started.body.systemProcessId > 0);
    const { body } = await dc.threadsRequest();
    assert.strictEqual(body.threads[0].name, 'MainThread');
    const record = dc.waitForEvent('output');
    const answer = await dc.evaluateRequest({ expression: 'function="tick", kind="call"', context: 'repl' });
    assert.match(answer.body.result, /^#1 /);
    assert.match((await record).body.output, /tick\(n=/);
    await assert.rejects(dc.evaluateRequest({ expression: 'functoin="tick"', context: 'repl' }), /function/);
    await Promise.all([dc.customRequest('terminate'), dc.waitForEvent('terminated')]);
  });

  it('fails a launch that cannot work', async () => {
    await assert.rejects(dc.launch({ program: path.join(dir, 'no such.py'), python: PYTHON }), /no such\.py/);
  });
});
