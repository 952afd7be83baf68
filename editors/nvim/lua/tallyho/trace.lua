--- Traces the line, the function or the name under the cursor: in the program that runs, else as a log point of nvim-dap's
--- or as a query for the runs to come.

local client_of = require("tallyho.client")

local M = {}

---@param query string
local function later(query)
  local queries = require("tallyho.run").queries
  if not vim.tbl_contains(queries, query) then
    table.insert(queries, query)
  end
  client_of.say("for the runs to come: " .. query)
end

---@return table?
local function debug_session()
  local there, dap = pcall(require, "dap")
  local session = there and dap.session and dap.session() or nil
  return session and (session.config or {}).type == "tallyho" and session or nil
end

---Has the server ask the program that runs. What is known here of the runs may be older than the program's end.
---@param command string
---@param argument table
---@param ended fun() What to do where none runs any more.
local function ask_running(command, argument, ended)
  argument.elseKept = true
  client_of.execute(command, argument, function(answer)
    if answer and answer.running == false then
      ended()
    end
  end)
end

---Asks a query: of the program that runs, by the debugger or the server; else of the runs to come.
---@param query string
function M.query(query)
  local session = debug_session()
  if session then
    session:evaluate({ expression = "query " .. query, context = "repl" }, function(err, response)
      client_of.say(err and (err.message or tostring(err)) or response.result)
    end)
  elseif require("tallyho.runs").live() then
    ask_running("tallyho.traceQuery", { query = query }, function()
      later(query)
    end)
  else
    local client = client_of.get(0)
    if not client then
      later(query)
      return
    end
    client_of.ask(client, "tallyho/query", { query = query }, function(answer)
      local problem = answer and (answer.problems or {})[1]
      if problem then
        client_of.say(problem.text, vim.log.levels.ERROR)
      else
        later(query)
      end
    end)
  end
end

---The query that prints a line's variables each time it runs.
---@param file string
---@param line table As tallyho/suggest has it.
---@return string
function M.line_query(file, line)
  local action = line.logMessage == "here" and "CodePrinter" or line.logMessage
  return ("kind=%q, filename_endswith=%q, lineno=%d, action=%s"):format("line", vim.fs.basename(file), line.line + 1, action)
end

---Sets a log point of nvim-dap at the line under the cursor; without nvim-dap the runs to come are asked.
local function line_to_come()
  local file, window = vim.api.nvim_buf_get_name(0), vim.api.nvim_get_current_win()
  client_of.ask_here("tallyho/suggest", function(suggestion)
    if not suggestion then
      return
    end
    local there, dap = pcall(require, "dap")
    if not there or not dap.set_breakpoint or not vim.api.nvim_win_is_valid(window) then
      later(M.line_query(file, suggestion.line))
      return
    end
    vim.api.nvim_win_call(window, function()
      local cursor = vim.api.nvim_win_get_cursor(window)
      vim.api.nvim_win_set_cursor(window, { suggestion.line.line + 1, 0 })
      dap.set_breakpoint(nil, nil, suggestion.line.logMessage)
      vim.api.nvim_win_set_cursor(window, cursor)
    end)
  end)
end

---Prints the variables of the line under the cursor whenever it runs.
function M.line()
  if require("tallyho.runs").live() and not debug_session() then
    local argument = { uri = vim.uri_from_bufnr(0), line = vim.api.nvim_win_get_cursor(0)[1] }
    ask_running("tallyho.traceLine", argument, line_to_come)
  else
    line_to_come()
  end
end

---Prints the calls of the function around the cursor, what they return and raise.
M["function"] = function()
  client_of.ask_here("tallyho/suggest", function(suggestion)
    if suggestion and suggestion["function"] then
      M.query(suggestion["function"].query)
    elseif suggestion then
      client_of.say("the cursor is in no function", vim.log.levels.WARN)
    end
  end)
end

---Prints the variable under the cursor at every line of the file that names it.
function M.name()
  client_of.ask_here("tallyho/suggest", function(suggestion)
    if suggestion and suggestion.name then
      M.query(suggestion.name.query)
    elseif suggestion then
      client_of.say("there is no name under the cursor", vim.log.levels.WARN)
    end
  end)
end

return M
