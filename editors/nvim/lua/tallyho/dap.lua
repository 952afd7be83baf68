--- Registers `tallyho dap` with nvim-dap.

local M = {}

---Returns nvim-dap, or nil where it is not installed.
---@return table?
local function nvim_dap()
  local there, dap = pcall(require, "dap")
  return there and dap or nil
end

---@return string[]?
local function ask_query()
  local query = vim.fn.input("Query: ", "Q(function='')")
  return query ~= "" and { query } or nil
end

---The configurations offered for Python files.
---@return table[]
local function configurations()
  local function launch(name, attributes)
    local common = { type = "tallyho", request = "launch", name = "Tallyho: " .. name, cwd = "${workspaceFolder}" }
    return vim.tbl_extend("error", common, attributes)
  end
  return {
    launch("current file", { program = "${file}" }),
    launch("current file with a query", { program = "${file}", trace = ask_query }),
    launch("module", {
      module = function()
        return vim.fn.input("Module: ")
      end,
    }),
    launch("pytest, current file", { module = "pytest", args = { "-x", "${file}" } }),
    {
      type = "tallyho",
      request = "attach",
      name = "Tallyho: attach to a program",
      processId = function()
        return require("dap.utils").pick_process({ filter = "python" })
      end,
    },
  }
end

---Adds `.tallyho` to the console's commands: its own `help` says what nvim-dap takes.
local function add_command()
  local there, repl = pcall(require, "dap.repl")
  if not there or not repl.commands then
    return
  end
  repl.commands.custom_commands = repl.commands.custom_commands or {}
  repl.commands.custom_commands[".tallyho"] = function(text)
    local session = require("dap").session()
    if not session then
      repl.append("No active debug session")
      return
    end
    local expression = text ~= "" and text or "help"
    session:evaluate({ expression = expression, context = "repl" }, function(err, response)
      repl.append(err and tostring(err) or response.result, nil, { newline = true })
    end)
  end
end

---Stops of other threads stay stops: nvim-dap would let such a thread run on.
---@param dap table
local function keep_stops(dap)
  local defaults = dap.defaults and dap.defaults.tallyho
  if defaults and rawget(defaults, "auto_continue_if_many_stopped") == nil then
    defaults.auto_continue_if_many_stopped = false
  end
end

---Adds the adapter and the configurations; a second call replaces what the first one added. Does nothing without
---nvim-dap. The binary is looked up at each start.
---@param _ tallyho.Options
function M.setup(_)
  local dap = nvim_dap()
  if not dap then
    return
  end
  dap.adapters.tallyho = function(callback)
    local binary = require("tallyho").need_binary()
    if binary then
      callback({ type = "executable", command = binary, args = { "dap" } })
    end
  end
  add_command()
  keep_stops(dap)
  if dap.listeners then
    require("tallyho.refused").setup(dap)
    require("tallyho.tracepoints").setup(dap)
  end
  local others = vim.tbl_filter(function(one)
    return one.type ~= "tallyho"
  end, dap.configurations.python or {})
  dap.configurations.python = vim.list_extend(others, configurations())
end

---Debugs the file of the current buffer.
---@param query? string A query that is armed from the program's first line; empty: none.
function M.trace(query)
  local dap = nvim_dap()
  if not dap then
    vim.notify("tallyho: :TallyhoTrace needs nvim-dap; :TallyhoRun does without", vim.log.levels.ERROR)
    return
  end
  if not dap.adapters.tallyho then
    M.setup(require("tallyho").options)
  end
  dap.run({
    type = "tallyho",
    request = "launch",
    name = "Tallyho: trace",
    program = vim.api.nvim_buf_get_name(0),
    cwd = "${workspaceFolder}",
    trace = (query and query ~= "") and { query } or nil,
  })
end

return M
