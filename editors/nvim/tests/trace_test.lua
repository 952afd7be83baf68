--- Tracing what is under the cursor: with nothing running, with a program that runs, and what the debugger says of hits.

local h = dofile(vim.env.TALLYHO_TESTS .. "/harness.lua")
local trace = require("tallyho.trace")
local tests = {}

local program = {
  "import os, sys, time",
  "class Shop:",
  "    def price(self, item):",
  "        total = item * 2",
  "        return total",
  "deadline = time.monotonic() + 300",
  "while not os.path.exists(sys.argv[1]) and time.monotonic() < deadline:",
  "    Shop().price(3)",
  "    time.sleep(0.01)",
}

local function open()
  package.loaded.dap = nil
  require("tallyho.run").queries = {}
  require("tallyho").setup({ path = vim.env.TALLYHO_BIN, dap = false, root_markers = { ".root" } })
  vim.fn.writefile({}, vim.env.TALLYHO_WORK .. "/.root")
  local path = h.open("traced.py", program)
  h.wait("the language server", function()
    return #vim.lsp.get_clients({ name = "tallyho", bufnr = 0 }) == 1 and not require("tallyho.runs").live()
  end)
  return path
end

---@param what string
---@return string[] queries
local function queries_after(what, line, column)
  require("tallyho.run").queries = {}
  vim.api.nvim_win_set_cursor(0, { line, column })
  h.said(function()
    vim.cmd("Tallyho trace " .. what)
  end, function(said)
    return said ~= ""
  end)
  return require("tallyho.run").queries
end

function tests.queries_for_the_runs_to_come()
  open()
  h.equal(
    queries_after("line", 4, 10),
    { 'kind="line", filename_endswith="traced.py", lineno=4, action=VarsPrinter("total", "item")' }
  )
  local query = queries_after("function", 4, 10)[1]
  h.contains(query, 'function="price"')
  h.contains(query, "CallPrinter")
  h.contains(queries_after("name", 4, 10)[1], 'VarsPrinter("total")')
  h.equal(queries_after("function", 6, 0), {})
  require("tallyho.run").queries = {}
end

function tests.a_line_becomes_a_log_point_where_nvim_dap_is()
  open()
  local set
  package.loaded.dap = {
    set_breakpoint = function(condition, hit, message)
      set = { vim.api.nvim_win_get_cursor(0)[1], condition, hit, message }
    end,
  }
  vim.api.nvim_win_set_cursor(0, { 5, 8 })
  trace.line()
  h.wait("the log point", function()
    return set ~= nil
  end)
  h.equal(set, { 5, nil, nil, 'VarsPrinter("total")' })
  h.equal(vim.api.nvim_win_get_cursor(0), { 5, 8 })
  package.loaded.dap = nil
end

function tests.a_program_that_runs_is_asked()
  local path = open()
  local flag = vim.env.TALLYHO_WORK .. "/enough"
  local out = ""
  local ended
  vim.system({ vim.env.TALLYHO_BIN, "run", "--python", vim.env.TALLYHO_PYTHON, path, flag }, {
    cwd = vim.env.TALLYHO_WORK,
    stderr = function(_, text)
      out = out .. (text or "")
    end,
  }, function(result)
    ended = result
  end)
  h.wait("the program", function()
    return require("tallyho.runs").live() ~= nil
  end)
  vim.cmd("Tallyho query function='price', kind='return'")
  h.wait("its answer", function()
    return out:find("return    <= price: 6", 1, true) ~= nil, out
  end)
  vim.fn.writefile({}, flag)
  h.wait("the end", function()
    return ended ~= nil
  end)
end

function tests.what_is_asked_as_the_program_ends_is_kept()
  open()
  local runs = require("tallyho.runs")
  local function late(what, line)
    require("tallyho.run").queries = {}
    vim.api.nvim_win_set_cursor(0, { line, 10 })
    local said = h.said(function()
      runs.state = { text = "", runs = { { session = "gone", state = "running" } } } -- the last that was heard
      vim.cmd("Tallyho " .. what)
    end, function(said)
      return said ~= ""
    end)
    h.contains(said, "for the runs to come")
    return require("tallyho.run").queries
  end
  h.equal(late("query function='price'", 4), { "function='price'" })
  h.contains(late("trace line", 4)[1], "lineno=4")
  h.contains(late("trace function", 4)[1], 'function="price"')
  h.contains(late("trace name", 4)[1], 'VarsPrinter("total")')
  require("tallyho.run").queries = {}
  runs.state = { text = "", runs = {} }
end

function tests.hits_stand_at_the_line()
  local path = open()
  local points = require("tallyho.tracepoints")
  local function drawn()
    local found = {}
    local namespace = vim.api.nvim_get_namespaces()["tallyho.tracepoints"]
    for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, namespace, 0, -1, { details = true })) do
      found[mark[2] + 1] = vim.trim(mark[4].virt_text[1][1])
    end
    return found
  end
  local dap = { listeners = { after = vim.defaulttable() } }
  points.setup(dap)
  local asked
  local session = {
    config = { type = "tallyho" },
    request = function(_, command, _, answered)
      asked = command
      answered(nil, { tracepoints = {} })
    end,
  }
  dap.listeners.after.event_initialized.tallyho(session)
  h.equal(asked, "tallyho/follow")
  local function point(line, hits, errors, message)
    return { source = { path = path }, line = line, hits = hits, errors = errors, message = message or "" }
  end
  local body = {
    tracepoints = {
      point(4, 12, 0),
      point(5, 1, 0),
      point(2, 0, 0),
      point(8, 3, 2, "NameError: x\nmore"),
      point(99, 3, 0),
      { hits = 2, errors = 0 },
    },
  }
  dap.listeners.after["event_tallyho/tracepoints"].tallyho({ config = { type = "python" } }, body)
  h.equal(drawn(), {})
  dap.listeners.after["event_tallyho/tracepoints"].tallyho(session, body)
  h.equal(drawn(), { [4] = "◆ 12 hits", [5] = "◆ 1 hit", [8] = "◆ 3 hits, 2 errors: NameError: x" })
  points.clear()
  h.equal(drawn(), {})
end

h.run(tests)
