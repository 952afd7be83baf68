--- Running files, modules and tests in a terminal.

local h = dofile(vim.env.TALLYHO_TESTS .. "/harness.lua")
local run = require("tallyho.run")
local tests = {}

local binary = vim.env.TALLYHO_BIN

local function setup(options)
  require("tallyho").setup(
    vim.tbl_extend(
      "force",
      { path = binary, dap = false, lsp = false, run_flags = { "--python", vim.env.TALLYHO_PYTHON } },
      options or {}
    )
  )
  vim.cmd("silent! only")
end

---Runs something and waits for its end.
---@param start fun()
---@return table ended The event's data.
local function ended(start)
  local data
  vim.api.nvim_create_autocmd("User", {
    pattern = "TallyhoRunEnded",
    once = true,
    callback = function(event)
      data = event.data
    end,
  })
  start()
  h.wait("the program's end", function()
    return data ~= nil
  end)
  return data
end

---@return string
local function terminal_text()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    local buffer = vim.api.nvim_win_get_buf(window)
    if vim.bo[buffer].buftype == "terminal" then
      return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n")
    end
  end
  return ""
end

function tests.what_runs_of_a_file()
  setup()
  vim.cmd("enew")
  local cwd = vim.fn.getcwd()
  local function target(name, lines, arguments)
    local path = h.open(name, lines)
    local words, folder = run.target(0, arguments or {})
    return words, folder, path
  end
  local _
  local words, folder, path = target("a.py", { "x = 1" }, { "--flag", "a b" })
  h.equal(words, { path, "--flag", "a b" })
  h.equal(folder, cwd)
  words, _, path = target("test_a.py", { "def test_a(): pass" }, { "-x" })
  h.equal(words, { "-m", "pytest", path, "-x" })
  vim.fn.mkdir(vim.env.TALLYHO_WORK .. "/pkg/sub", "p")
  vim.fn.writefile({}, vim.env.TALLYHO_WORK .. "/pkg/__init__.py")
  vim.fn.writefile({}, vim.env.TALLYHO_WORK .. "/pkg/sub/__init__.py")
  words, folder = target("pkg/sub/mod.py", { "from . import x" })
  h.equal(words, { "-m", "pkg.sub.mod" })
  h.equal(folder, vim.env.TALLYHO_WORK)
  words = target("pkg/__main__.py", { "x = 1" })
  h.equal(words, { "-m", "pkg" })
  words = target("alone/__main__.py", { "x = 1" })
  h.equal(#words, 1, "a __main__.py outside of a package is a file")
  vim.fn.mkdir(vim.env.TALLYHO_WORK .. "/shop", "p")
  local flask = {
    '"""An app',
    'of mine."""',
    "from flask import Flask",
    "app = Flask(__name__)",
    "app.config['X'] = 1",
    '@app.get("/")',
    "def home():",
    "    return 1",
  }
  words, folder = target("shop/web.py", flask, { "--port", "5001" })
  h.equal(words, { "-m", "flask", "--app", "web", "run", "--no-reload", "--port", "5001" })
  h.equal(vim.fs.basename(folder), "shop")
  words = target("web.py", { "api: FastAPI = fastapi.FastAPI()", "api.include_router(x)" })
  h.equal(words, { "-m", "uvicorn", "web:api" })
  for _, more in ipairs({ "app.run()", "if __name__ == '__main__':", "for x in y:", "main()", "app == 1" }) do
    words, _, path = target("web.py", vim.list_extend(vim.list_slice(flask), { more }))
    h.equal(words, { path }, more)
  end
  words = target("a.py", { "x = 1" }, { "-m", "json.tool", "x" })
  h.equal(words, { "-m", "json.tool", "x" })
end

function tests.the_buffer_is_saved_and_the_window_used_again()
  setup()
  local path = h.open("saved.py", { "print('before')" })
  vim.api.nvim_buf_set_lines(0, 0, -1, false, { "import sys", "print('after', sys.argv[1:])", "raise SystemExit(3)" })
  local data = ended(function()
    vim.cmd("TallyhoRun one two")
  end)
  h.equal(data.code, 3)
  h.equal(vim.fn.readfile(path)[1], "import sys")
  h.contains(terminal_text(), "after ['one', 'two']")
  local windows = #vim.api.nvim_list_wins()
  local again = ended(function()
    vim.cmd("Tallyho repeat")
  end)
  h.equal(again.command, data.command)
  h.equal(#vim.api.nvim_list_wins(), windows)
  h.equal(vim.api.nvim_buf_get_name(0), path, "the cursor stays in the program")
end

function tests.a_buffer_that_is_not_saved_is_told()
  setup({ save = false })
  local path = h.open("unsaved.py", { "print('file')" })
  vim.api.nvim_buf_set_lines(0, 0, -1, false, { "print('buffer')" })
  local said
  ended(function()
    said = h.said(function()
      run.run()
    end)
  end)
  h.contains(said, "not saved")
  h.contains(terminal_text(), "file")
  h.equal(vim.fn.readfile(path), { "print('file')" })
  vim.bo.modified = false
  setup({ save = true })
  h.open("readonly.py", { "print(1)" })
  vim.api.nvim_buf_set_lines(0, 0, -1, false, { "print(2)" })
  vim.bo.readonly = true
  said = h.said(function()
    run.run()
  end)
  h.contains(said, "cannot be saved")
  vim.bo.modified = false
end

function tests.queries_are_asked_of_the_runs_to_come()
  setup()
  h.open("asked.py", { "def f(n):", "    return n", "f(7)" })
  h.contains(
    h.said(function()
      vim.cmd([[Tallyho query function='f', kind="return"]])
    end, function(said)
      return said ~= ""
    end),
    "for the runs to come"
  )
  h.equal(run.queries, { [[function='f', kind="return"]] })
  ended(function()
    vim.cmd("Tallyho run")
  end)
  h.contains(terminal_text(), "return    <= f: 7")
  vim.cmd("Tallyho clear")
  h.equal(run.queries, {})
  ended(function()
    vim.cmd("Tallyho trace function='f', kind='call'") -- without nvim-dap
  end)
  h.contains(terminal_text(), "call      => f(n=7)")
  h.equal(run.queries, {}, "that query was for one run")
end

function tests.the_test_around_the_cursor()
  local function test(id, starts, ends)
    return { id = id, range = { start = { line = starts } }, ends = ends }
  end
  local all = { test("TestX", 2, 9), test("TestX::test_a", 3, 4), test("TestX::test_b", 6, 9), test("test_c", 11, 12) }
  for line, want in pairs({ [2] = "TestX", [3] = "TestX::test_a", [5] = "TestX", [9] = "TestX::test_b", [11] = "test_c" }) do
    h.equal(run.test_at(all, line).id, want, "line " .. line)
  end
  h.equal(run.test_at(all, 10), nil)
  setup()
  h.equal(
    { run.test_target("/w/test_a.py", { id = "TestX::test_a" }) },
    { { "-m", "pytest", "/w/test_a.py::TestX::test_a" }, vim.fn.getcwd() }
  )
  h.equal(
    { run.test_target("/w/test_a.py", { id = "T::test_a", unittest = true }) },
    { { "-m", "unittest", "test_a.T.test_a" }, "/w" }
  )
end

function tests.a_unittest_under_the_cursor_is_run()
  setup({ lsp = true })
  h.open("test_unit.py", {
    "import unittest",
    "class TestX(unittest.TestCase):",
    "    def test_one(self):",
    "        print('one ran')",
    "    def test_two(self):",
    "        print('two ran')",
  })
  h.wait("the language server", function()
    return #vim.lsp.get_clients({ name = "tallyho", bufnr = 0 }) == 1
  end)
  vim.api.nvim_win_set_cursor(0, { 6, 4 })
  local data = ended(function()
    vim.cmd("Tallyho test")
  end)
  h.equal(data.code, 0, terminal_text())
  h.contains(terminal_text(), "two ran")
  h.equal(terminal_text():find("one ran", 1, true), nil)
end

function tests.neotest_runs_under_tallyho()
  setup()
  local command = require("tallyho.neotest").python(vim.env.TALLYHO_PYTHON)
  local script = h.open("neotest-python/neotest.py", { "import sys", "print(sys.argv[1:])", "sys.exit(5)" })
  local result = vim.system(vim.list_extend(command, { script, "--results-file", "x", "--", "-q" }), { text = true }):wait()
  h.equal(result.code, 5, result.stderr)
  h.contains(result.stdout, "['--results-file', 'x', '--', '-q']")
end

h.run(tests)
