--- Tallyho in Neovim: the adapter for nvim-dap, the language server, and a command that runs a file.

local M = {}

---@class tallyho.Options
---@field path? string The binary; default: "tallyho" on PATH.
---@field inlay_hints? boolean Draw hints where the server attaches; default true.
---@field signs? tallyho.SignOptions
---@field mappings? table<string, string|false> Keys for the names of the <Plug> mappings, in Python files; false: none.
---@field save? boolean Save the buffer before it is run; default true.
---@field run_flags? string[] Flags of `tallyho run`, before those of a command.
---@field test_runner? "auto"|"pytest"|"unittest" auto: unittest for its own test cases, pytest for all else.
---@field lsp? boolean Start the language server; default true.
---@field dap? boolean Register the adapter and its configurations with nvim-dap; default true.
---@field root_markers? string[] What marks the workspace's root.
---@field settings? table Settings of the server, such as `{ hints = { ascii = true } }`; see docs/settings.md.

---@class tallyho.SignOptions
---@field show? boolean Show the heat of lines and those that never ran in the sign column; default false.
---@field dim? boolean Dim the lines that never ran, where signs are shown; default true.

---@type tallyho.Options
M.options = {
  path = "tallyho",
  inlay_hints = true,
  signs = { show = false, dim = true },
  mappings = { ["never-next"] = "]t", ["never-previous"] = "[t" },
  save = true,
  run_flags = {},
  test_runner = "auto",
  lsp = true,
  dap = true,
  root_markers = { "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", ".git" },
  settings = {},
}

---Sets up what Neovim has: the language server always, the adapter where nvim-dap is installed.
---@param options? tallyho.Options
function M.setup(options)
  M.options = vim.tbl_deep_extend("force", M.options, options or {})
  require("tallyho.highlight").setup()
  if M.options.lsp then
    require("tallyho.lsp").setup(M.options)
  end
  if M.options.dap then
    require("tallyho.dap").setup(M.options)
  end
end

---Returns the binary's full path, or nil and one sentence that says what is missing.
---@return string? path
---@return string? problem
function M.binary()
  local named = vim.fs.normalize(M.options.path)
  local path = vim.fn.exepath(named)
  if path ~= "" then
    return path
  end
  if named == "tallyho" then
    return nil, 'the program "tallyho" is not on PATH; install it, or name it: require("tallyho").setup({ path = … })'
  end
  return nil, ('the option path names "%s", which is not an executable'):format(named)
end

---Returns the binary's full path, or tells the person and returns nil.
---@return string?
function M.need_binary()
  local path, problem = M.binary()
  if not path then
    vim.notify("tallyho: " .. problem, vim.log.levels.ERROR)
  end
  return path
end

---Runs the file of the current buffer in a terminal below; hints appear while it runs.
---@param arguments? string[] The program's arguments.
function M.run(arguments)
  require("tallyho.run").run(arguments)
end

---Runs the test under the cursor; outside of one, the file's tests.
---@param arguments? string[] For pytest or unittest.
function M.test(arguments)
  require("tallyho.run").test(arguments)
end

---Runs once more what was run last.
function M.repeat_last()
  require("tallyho.run").again()
end

---Traces "line", "function" or "name" under the cursor.
---@param what "line"|"function"|"name"
function M.trace(what)
  require("tallyho.trace")[what]()
end

---Asks a query: of the program that runs, else of the runs to come.
---@param query string
function M.query(query)
  require("tallyho.trace").query(query)
end

---Shows the samples of the statement under the cursor.
function M.values()
  require("tallyho.values").show()
end

---Lists when a name of a recorded program got its values, and goes to the one that is chosen.
---@param name? string Default: what is under the cursor.
function M.history(name)
  require("tallyho.history").show(name)
end

---Has the recording of the debugged program written, where its newest part is kept in memory.
function M.dump()
  require("tallyho.history").dump()
end

---Annotates from a part of a recorded run alone.
---@param what? string As `tallyho replay --follow` has it, "call" to choose one of the function under the cursor, "all" to end it. Default: choose.
function M.follow(what)
  require("tallyho.follow").follow(what)
end

---For a statusline: what the run that is shown does; "" where there is none.
---@return string
function M.statusline()
  return require("tallyho.runs").statusline()
end

return M
