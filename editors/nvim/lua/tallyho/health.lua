--- :checkhealth tallyho explains a set-up that does not work.

local M = {}

local health = vim.health

local function check_neovim()
  local version = tostring(vim.version())
  if vim.fn.has("nvim-0.11") == 1 then
    health.ok("Neovim " .. version)
  elseif vim.fn.has("nvim-0.10") == 1 then
    health.ok("Neovim " .. version .. " (the server is started by an autocommand; 0.11 has vim.lsp.enable)")
  else
    health.error("Neovim " .. version .. " has no inlay hints", "Use Neovim 0.10 or newer.")
  end
end

---Runs a program and returns the first line it printed, or nil and what went wrong.
---@param command string[]
---@return string? line
---@return string? problem
local function first_line(command)
  local started, process = pcall(vim.system, command, { text = true, timeout = 10000 })
  if not started then
    return nil, tostring(process)
  end
  local result = process:wait()
  local output = vim.trim((result.stdout or "") .. "\n" .. (result.stderr or ""))
  local line = vim.split(output, "\n")[1]
  if result.code ~= 0 then
    return nil, ("exit code %d: %s"):format(result.code, line)
  end
  return line
end

local function check_binary()
  local binary, problem = require("tallyho").binary()
  if not binary then
    health.error(problem --[[@as string]])
    return
  end
  local line, failure = first_line({ binary, "version" })
  if line then
    health.ok(("%s: %s"):format(binary, line))
  else
    health.error(("%s does not run: %s"):format(binary, failure))
  end
end

local function check_server()
  local clients = vim.lsp.get_clients({ name = "tallyho" })
  if #clients == 0 then
    health.info("the language server is not running (it starts with the first Python file after setup)")
    return
  end
  for _, client in ipairs(clients) do
    health.ok(("the language server runs, root %s"):format(client.root_dir or "none"))
  end
end

local function check_dap()
  if not pcall(require, "dap") then
    health.info("nvim-dap is not installed: hints and :TallyhoRun work, :TallyhoTrace and breakpoints do not")
  elseif require("dap").adapters.tallyho then
    health.ok("nvim-dap knows the adapter")
  else
    health.warn("nvim-dap does not know the adapter", 'Call require("tallyho").setup() after nvim-dap is installed.')
  end
end

---@return string
local function default_python()
  local environment = vim.env.VIRTUAL_ENV
  if not environment then
    return "python3"
  end
  return vim.fs.joinpath(environment, vim.fn.has("win32") == 1 and "Scripts/python.exe" or "bin/python")
end

local function check_python()
  local python = default_python()
  local line, problem = first_line({ python, "--version" })
  if not line then
    health.warn(("%s does not run: %s"):format(python, problem), 'Name an interpreter: "python" in the launch configuration.')
    return
  end
  local minor = tonumber(line:match("Python 3%.(%d+)"))
  if not minor or minor < 9 then
    health.warn(("%s is %s; Tallyho needs Python 3.9 or newer"):format(python, line))
  elseif minor < 12 then
    health.ok(("%s is %s (3.12 and newer trace faster)"):format(python, line))
  else
    health.ok(("%s is %s"):format(python, line))
  end
end

---Called by :checkhealth tallyho.
function M.check()
  health.start("tallyho: the editor")
  check_neovim()
  check_dap()
  health.start("tallyho: the binary")
  check_binary()
  check_server()
  health.start("tallyho: Python")
  check_python()
end

return M
