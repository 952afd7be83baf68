--- Runs files, modules and tests under Tallyho in a terminal. Needs no nvim-dap.

local client_of = require("tallyho.client")

local M = {}

---@class tallyho.Job
---@field command string[]
---@field cwd string

---@type tallyho.Job?
M.last = nil

---@type string[] Queries for the runs to come.
M.queries = {}

---@type integer? The window that runs are shown in.
local window

---@param name string
---@param data table
local function tell(name, data)
  vim.api.nvim_exec_autocmds("User", { pattern = name, data = data, modeline = false })
end

---Writes the buffer where it was changed; what runs is the file. Returns false where it could not be.
---@return boolean
local function save()
  if not vim.bo.modified then
    return true
  end
  if not require("tallyho").options.save then
    client_of.say("this buffer has changes that are not saved; what runs is the file", vim.log.levels.WARN)
    return true
  end
  local saved, problem = pcall(vim.cmd, "silent update")
  if not saved then
    client_of.say("the buffer cannot be saved, and the file is not what it shows: " .. tostring(problem), vim.log.levels.ERROR)
  end
  return saved
end

---The package that a file belongs to, as dots, and the folder that it is imported from.
---@param file string
---@return string module
---@return string folder
function M.module_of(file)
  local folder = vim.fs.dirname(file)
  local name = vim.fs.basename(file):gsub("%.pyw?$", "")
  local parts = name == "__main__" and {} or { name }
  while vim.fn.filereadable(vim.fs.joinpath(folder, "__init__.py")) == 1 and vim.fs.dirname(folder) ~= folder do
    table.insert(parts, 1, vim.fs.basename(folder))
    folder = vim.fs.dirname(folder)
  end
  return table.concat(parts, "."), folder
end

---@param file string
---@return boolean
local function is_test(file)
  local name = vim.fs.basename(file)
  return vim.startswith(name, "test_") and vim.endswith(name, ".py") or vim.endswith(name, "_test.py")
end

---Reports whether a file can only be run as a part of its package.
---@param buffer integer
---@param file string
---@return boolean
local function is_in_package(buffer, file)
  if vim.fs.basename(file) == "__main__.py" then
    return vim.fn.filereadable(vim.fs.joinpath(vim.fs.dirname(file), "__init__.py")) == 1
  end
  for _, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, 200, false)) do
    if line:find("^%s*from%s+%.") then
      return true
    end
  end
  return false
end

---What to run of a buffer: the words after `tallyho run`, and the folder to run them in.
---@param buffer integer
---@param arguments string[] The program's; `-m name` or `-c code` name another program.
---@return string[] words
---@return string cwd
function M.target(buffer, arguments)
  local file = vim.api.nvim_buf_get_name(buffer)
  local cwd = vim.fn.getcwd()
  if arguments[1] == "-m" or arguments[1] == "-c" then
    return arguments, cwd
  elseif is_test(file) then
    return vim.list_extend({ "-m", "pytest", file }, arguments), cwd
  end
  local module, folder = M.module_of(file)
  local serve = require("tallyho.server").words(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), module)
  if serve then
    return vim.list_extend(serve, arguments), folder
  elseif is_in_package(buffer, file) then
    return vim.list_extend({ "-m", module }, arguments), folder
  end
  return vim.list_extend({ file }, arguments), cwd
end

---Finds a window for the terminal: the one of the run before, else a new one below.
---@return integer
local function terminal_window()
  local before = vim.api.nvim_get_current_win()
  if not (window and vim.api.nvim_win_is_valid(window)) then
    vim.cmd("botright 12new")
    window = vim.api.nvim_get_current_win()
  else
    vim.api.nvim_set_current_win(window)
    vim.cmd("enew")
  end
  vim.bo.bufhidden = "hide"
  vim.api.nvim_set_current_win(before)
  return window
end

---Takes away the terminals of runs that have ended.
---@param keep integer
local function tidy(keep)
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if buffer ~= keep and vim.b[buffer].tallyho_ended and #vim.fn.win_findbuf(buffer) == 0 then
      pcall(vim.api.nvim_buf_delete, buffer, { force = true })
    end
  end
end

---@param job tallyho.Job
function M.start(job)
  M.last = job
  require("tallyho.runs").show_again()
  local where = terminal_window()
  vim.api.nvim_win_call(where, function()
    local buffer = vim.api.nvim_get_current_buf()
    local options = {
      cwd = job.cwd,
      on_exit = function(_, code)
        if vim.api.nvim_buf_is_valid(buffer) then
          vim.b[buffer].tallyho_ended = true
        end
        tell("TallyhoRunEnded", { command = job.command, code = code })
      end,
    }
    local id
    if vim.fn.has("nvim-0.11") == 1 then
      options.term = true
      id = vim.fn.jobstart(job.command, options)
    else
      id = vim.fn.termopen(job.command, options)
    end
    if id <= 0 then
      client_of.say(("%s cannot be started"):format(job.command[1]), vim.log.levels.ERROR)
      return
    end
    vim.cmd("normal! G") -- so that the window follows what is printed
    tidy(buffer)
  end)
  tell("TallyhoRunStarted", { command = job.command, cwd = job.cwd })
end

---@param words string[] After `tallyho run`.
---@param cwd string
---@param queries? string[]
local function go(words, cwd, queries)
  local binary = require("tallyho").need_binary()
  if not binary then
    return
  end
  local command = vim.list_extend({ binary, "run" }, require("tallyho").options.run_flags)
  for _, query in ipairs(vim.list_extend(vim.deepcopy(M.queries), queries or {})) do
    vim.list_extend(command, { "-q", query })
  end
  M.start({ command = vim.list_extend(command, words), cwd = cwd })
end

---Reports whether the current buffer can be run, and saves it.
---@return boolean
local function ready()
  if vim.api.nvim_buf_get_name(0) == "" or vim.bo.filetype ~= "python" then
    client_of.say("this buffer is no Python file", vim.log.levels.ERROR)
    return false
  end
  return save()
end

---Runs the current buffer's file; hints appear while it runs. A file of tests is run by pytest, one that is a part of a
---package as a module.
---@param arguments? string[] The program's arguments; `-m name` and `-c code` run something else.
---@param queries? string[] For this run alone.
function M.run(arguments, queries)
  arguments = arguments or {}
  if arguments[1] ~= "-m" and arguments[1] ~= "-c" and not ready() then
    return
  end
  local words, cwd = M.target(0, arguments)
  go(words, cwd, queries)
end

---The words that run one test.
---@param file string
---@param test table As tallyho/tests has it.
---@return string[] words
---@return string cwd
function M.test_target(file, test)
  local cwd = vim.fn.getcwd()
  local runner = require("tallyho").options.test_runner
  if runner == "unittest" or runner == "auto" and test.unittest then
    local module, folder = M.module_of(file)
    return { "-m", "unittest", module .. "." .. test.id:gsub("::", ".") }, folder
  end
  return { "-m", "pytest", file .. "::" .. test.id }, cwd
end

---The test around a line: the innermost one.
---@param tests table[]
---@param line integer From 0.
---@return table?
function M.test_at(tests, line)
  local found
  for _, test in ipairs(tests) do
    local starts = test.range.start.line
    if starts <= line and line <= test.ends and (not found or starts >= found.range.start.line) then
      found = test
    end
  end
  return found
end

---Runs the test under the cursor; outside of one, all of the file.
---@param arguments? string[] For pytest or unittest.
function M.test(arguments)
  if not ready() then
    return
  end
  local buffer, line = vim.api.nvim_get_current_buf(), vim.api.nvim_win_get_cursor(0)[1] - 1
  local client = client_of.need(buffer)
  if not client then
    return
  end
  client_of.ask(client, "tallyho/tests", { uri = vim.uri_from_bufnr(buffer) }, function(result)
    local tests = result and result.tests or {}
    local test = M.test_at(tests, line)
    local file = vim.api.nvim_buf_get_name(buffer)
    local words, cwd
    if test then
      words, cwd = M.test_target(file, test)
    elseif #tests > 0 then
      words, cwd = { "-m", "pytest", file }, vim.fn.getcwd()
    else
      client_of.say("there is no test in this file", vim.log.levels.WARN)
      return
    end
    go(vim.list_extend(words, arguments or {}), cwd)
  end, buffer)
end

---Runs once more what was run last.
function M.again()
  if not M.last then
    client_of.say("nothing was run yet")
    return
  end
  if vim.bo.filetype == "python" and not save() then
    return
  end
  M.start(M.last)
end

return M
