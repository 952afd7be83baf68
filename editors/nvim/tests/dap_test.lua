--- What is registered with nvim-dap, by a table that stands in for it.

local h = dofile(vim.env.TALLYHO_TESTS .. "/harness.lua")
local tests = {}

---@return table
local function fresh()
  local dap = { adapters = {}, configurations = { python = { { type = "python", name = "theirs" } } } }
  dap.run = function(configuration)
    dap.ran = configuration
  end
  package.loaded.dap = dap
  package.loaded.tallyho = nil
  package.loaded["tallyho.dap"] = nil
  return dap
end

function tests.adapter_starts_the_binary()
  local dap = fresh()
  require("tallyho").setup({ path = vim.v.progpath, lsp = false })
  local got
  dap.adapters.tallyho(function(adapter)
    got = adapter
  end)
  h.equal(got, { type = "executable", command = vim.fn.exepath(vim.v.progpath), args = { "dap" } })
end

function tests.configurations_are_added_once_and_keep_others()
  local dap = fresh()
  require("tallyho").setup({ lsp = false })
  local first = #dap.configurations.python
  require("tallyho").setup({ lsp = false })
  h.equal(#dap.configurations.python, first)
  h.equal(dap.configurations.python[1].name, "theirs")
  h.equal(dap.configurations.python[2].program, "${file}")
  h.equal(dap.configurations.python[first].request, "attach")
end

function tests.missing_binary_is_said_and_nothing_starts()
  local dap = fresh()
  require("tallyho").setup({ path = "/nowhere/tallyho", lsp = false })
  local said
  local notify = vim.notify
  vim.notify = function(text)
    said = text
  end
  dap.adapters.tallyho(function()
    error("an adapter was started")
  end)
  vim.notify = notify
  h.contains(said, "/nowhere/tallyho")
end

function tests.trace_command_carries_the_query()
  local dap = fresh()
  require("tallyho").setup({ lsp = false })
  vim.cmd.edit("/tmp/a b.py")
  vim.cmd("TallyhoTrace Q(function='price', lineno=3)")
  h.equal(dap.ran.trace, { "Q(function='price', lineno=3)" })
  h.equal(dap.ran.program, "/tmp/a b.py")
end

function tests.without_nvim_dap_setup_is_silent_and_trace_says_so()
  fresh()
  package.loaded.dap = nil
  require("tallyho").setup({ lsp = false })
  local said
  local notify = vim.notify
  vim.notify = function(text)
    said = text
  end
  require("tallyho.dap").trace()
  vim.notify = notify
  h.contains(said, "needs nvim-dap")
end

---A session of nvim-dap's that takes note of what is asked.
---@return table
local function session_of(kind)
  local session = { id = 7, config = { type = kind } }
  function session:evaluate(arguments, answered)
    session.asked = arguments
    answered(nil, { result = "a page" })
  end
  return session
end

function tests.the_console_has_our_help()
  local dap = fresh()
  local said = {}
  package.loaded["dap.repl"] = {
    commands = { help = { "help" }, custom_commands = { [".theirs"] = 1 } },
    append = function(text)
      table.insert(said, text)
    end,
  }
  require("tallyho").setup({ lsp = false })
  local commands = package.loaded["dap.repl"].commands.custom_commands
  h.equal(commands[".theirs"], 1)
  local session = session_of("tallyho")
  dap.session = function()
    return session
  end
  commands[".tallyho"]("")
  h.equal(session.asked, { expression = "help", context = "repl" })
  commands[".tallyho"]("exit = 3")
  h.equal(session.asked.expression, "exit = 3")
  dap.session = function() end
  commands[".tallyho"]("")
  h.equal(said, { "a page", "a page", "No active debug session" })
  package.loaded["dap.repl"] = nil
end

function tests.a_history_is_chosen_from_and_gone_to()
  local dap = fresh()
  local history = require("tallyho.history")
  dap.session = function() end
  local said = h.said(history.show)
  h.contains(said, "no program is debugged")
  local session = session_of("tallyho")
  local answers, asked = {}, {}
  function session:request(command, arguments, answered)
    table.insert(asked, { command, arguments })
    answered(unpack(answers[command] or {}))
  end
  dap.session = function()
    return session
  end
  vim.cmd.enew()
  h.contains(h.said(history.show), "no name under the cursor")
  vim.api.nvim_buf_set_lines(0, 0, -1, false, { "    self.cart.total = 5" })
  vim.api.nvim_win_set_cursor(0, { 1, 15 })
  answers["tallyho/history"] = { { message = "not recorded" } }
  setmetatable(answers["tallyho/history"][1], {
    __tostring = function(err)
      return err.message
    end,
  })
  h.contains(h.said(history.show), "not recorded")
  h.equal(asked, { { "tallyho/history", { expression = "self.cart.total", frameId = 0 } } })
  answers["tallyho/history"] = { nil, { changes = {}, whole = true } }
  h.contains(h.said(history.show), "no change of self.cart.total was recorded up to here")
  local now = { at = 0, text = "total = 6 (was 5)", ["function"] = "add", source = { path = "/w/cart.py" }, line = 8 }
  local before = { at = 71, text = "total = 5", ["function"] = "add", line = 8 }
  answers["tallyho/history"] = { nil, { changes = { now, before }, whole = false } }
  local select, pick, prompt = vim.ui.select, 1, nil
  vim.ui.select = function(items, options, on_choice)
    prompt = options.prompt
    on_choice(items[pick])
  end
  session.current_frame, session.stopped_thread_id, asked = { id = 12 }, 1, {}
  h.contains(h.said(history.show), "where the program stands")
  h.equal({ #asked, session.stopped_thread_id }, { 1, 1 })
  pick = 2
  history.show("total")
  vim.ui.select = select
  h.equal(prompt, "When did total change? (There may be earlier changes.)")
  h.equal(asked[2], { "tallyho/history", { expression = "total", frameId = 12 } })
  h.equal(asked[3], { "tallyho/go", { at = 71 } })
  h.equal(session.stopped_thread_id, nil, "so that the moment is shown whichever thread it is of")
  h.equal(history.words(now), "total = 6 (was 5)  cart.py:8 add")
  h.equal(history.words(before), "total = 5  ?:8 add")
end

function tests.a_recording_kept_in_memory_is_written()
  local dap = fresh()
  dap.session = function() end
  local function dump()
    vim.cmd("Tallyho dump")
  end
  h.contains(h.said(dump), "no program is debugged")
  local session, asked, answer = session_of("tallyho"), nil, { { message = "it is not recorded" } }
  function session:request(command, arguments, answered)
    asked = { command, arguments }
    answered(unpack(answer, 1, 2))
  end
  dap.session = function()
    return session
  end
  setmetatable(answer[1], {
    __tostring = function(err)
      return err.message
    end,
  })
  h.contains(h.said(dump), "it is not recorded")
  h.equal(asked, { "tallyho/dump", {} })
  answer = { nil, { path = "/w/a-2.rec" } }
  h.contains(h.said(dump), "the recording so far is in /w/a-2.rec")
end

function tests.stops_of_other_threads_stay()
  local dap = fresh()
  dap.defaults = { tallyho = {} }
  require("tallyho").setup({ lsp = false })
  h.equal(dap.defaults.tallyho.auto_continue_if_many_stopped, false)
  dap = fresh()
  dap.defaults = { tallyho = { auto_continue_if_many_stopped = true } }
  require("tallyho").setup({ lsp = false })
  h.equal(dap.defaults.tallyho.auto_continue_if_many_stopped, true)
end

function tests.why_a_breakpoint_was_refused_stands_at_its_line()
  local dap = fresh()
  local after = vim.defaulttable()
  dap.listeners = { after = after }
  require("tallyho").setup({ lsp = false })
  vim.cmd.enew()
  local buffer, path = vim.api.nvim_get_current_buf(), vim.env.TALLYHO_WORK .. "/refused.py"
  vim.api.nvim_buf_set_name(buffer, path)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, { "a = 1", "b = 2", "c = 3" })
  local function drawn()
    local found = {}
    local namespace = vim.api.nvim_get_namespaces()["tallyho.refused"]
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buffer, namespace, 0, -1, { details = true })) do
      found[mark[2] + 1] = vim.trim(mark[4].virt_text[1][1])
    end
    return found
  end
  local asked = { source = { path = path }, breakpoints = { { line = 1 }, { line = 2 }, { line = 3 } } }
  local answer = {
    breakpoints = {
      { id = 1, verified = false, reason = "failed", message = "condition:1:3: error: expected a value\n  x >\n    ^" },
      { id = 2, verified = false, reason = "pending", message = "waits for refused.py to be loaded" },
      { id = 3, verified = true },
    },
  }
  after.setBreakpoints.tallyho(session_of("python"), nil, answer, asked)
  h.equal(drawn(), {}, "another adapter's")
  local session = session_of("tallyho")
  after.setBreakpoints.tallyho(session, nil, answer, asked)
  h.equal(drawn(), { "condition:1:3: error: expected a value" })
  local changed = { id = 2, verified = false, reason = "failed", message = "there is no code on line 2" }
  after.event_breakpoint.tallyho(session, { reason = "changed", breakpoint = changed })
  h.equal(drawn()[2], "there is no code on line 2")
  after.event_breakpoint.tallyho(session, { reason = "changed", breakpoint = { id = 1, verified = true } })
  h.equal(drawn(), { [2] = "there is no code on line 2" })
  after.event_terminated.tallyho(session)
  h.equal(drawn(), {}, "once it has ended")
end

function tests.hits_stand_at_lines_and_those_of_queries_at_what_they_name()
  local dap = fresh()
  local after = vim.defaulttable()
  dap.listeners = { after = after }
  require("tallyho").setup({ lsp = false })
  vim.cmd.enew()
  local buffer, path = vim.api.nvim_get_current_buf(), vim.env.TALLYHO_WORK .. "/asked.py"
  vim.api.nvim_buf_set_name(buffer, path)
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, { "def f():", "    a = 1", "def g():", "    b = 2" })
  vim.bo[buffer].filetype = "python"
  local client_of, client = require("tallyho.client"), {}
  local get, ask, asked, answers = client_of.get, client_of.ask, {}, {}
  client_of.get = function()
    return client
  end
  client_of.ask = function(_, method, parameters, answered)
    table.insert(asked, { method, parameters.uri, parameters.queries })
    table.insert(answers, answered)
  end
  local function drawn()
    local found = {}
    local namespace = vim.api.nvim_get_namespaces()["tallyho.tracepoints"]
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(buffer, namespace, 0, -1, { details = true })) do
      found[mark[2] + 1] = vim.trim(mark[4].virt_text[1][1])
    end
    return found
  end
  local function one(hits, query, places)
    return { hits = hits, errors = 0, message = "", places = places, copies = { query = query } }
  end
  local line = vim.tbl_extend("force", one(4, "lineno=2", 1), { source = { path = path }, line = 2 })
  local function tell(hits)
    local list = { line, one(hits, 'function="f"', 1), one(0, 'function="none"', 0), one(9, 'function_in=["f", "g"]', 2) }
    after["event_tallyho/tracepoints"].tallyho(session_of("tallyho"), { tracepoints = list })
  end
  tell(1)
  tell(7)
  h.equal(asked[2], { "tallyho/places", vim.uri_from_bufnr(buffer), { 'function="f"', 'function_in=["f", "g"]' } })
  answers[1]({ places = { { 0 }, { 2 } } })
  h.equal(drawn(), { [2] = "◆ 4 hits" }, "an older answer is none")
  answers[2]({ places = { { 0 }, { 2 } } })
  h.equal(drawn(), { "◆ 7 hits", "◆ 4 hits", "◆ 9 hits in all" })
  tell(8)
  h.equal(drawn(), { "◆ 8 hits", "◆ 4 hits", "◆ 9 hits in all" }, "at once: nothing else has changed")
  h.equal(#asked, 2)
  client_of.get, client_of.ask = get, ask
end

h.run(tests)
