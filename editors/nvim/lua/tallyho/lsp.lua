--- Starts `tallyho lsp` for Python files and files of queries.

local M = {}

local filetypes = { "python", "tally", "json", "jsonc" }

---Reports whether a buffer holds programs or queries: of JSON only what may have a "trace" list.
---@param buffer integer
---@return boolean
local function is_wanted(buffer)
  local filetype = vim.bo[buffer].filetype
  if filetype ~= "json" and filetype ~= "jsonc" then
    return true
  end
  local name = vim.fs.basename(vim.api.nvim_buf_get_name(buffer))
  return name == "launch.json" or vim.endswith(name, ".code-workspace")
end

---@param options tallyho.Options
---@param buffer integer
---@return string?
local function root(options, buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  local found = vim.fs.root(buffer, options.root_markers)
  if found or name == "" then
    return found
  end
  local folder = vim.fs.dirname(name)
  return vim.fs.basename(folder) == ".vscode" and vim.fs.dirname(folder) or folder
end

---Neovim's own hints would ask for the server's a second time.
---@param client vim.lsp.Client
local function on_init(client)
  client.server_capabilities.inlayHintProvider = nil
end

---@param _ vim.lsp.Client
---@param buffer integer
local function on_attach(_, buffer)
  local filetype = vim.bo[buffer].filetype
  if filetype == "python" then
    require("tallyho.hints").attach(buffer)
    require("tallyho.mappings").attach(buffer)
  end
end

---@return vim.NIL
local function on_refresh()
  require("tallyho.hints").refresh_all()
  return vim.NIL
end

---@param _ lsp.ResponseError?
---@param state tallyho.RunState
local function on_run_state(_, state)
  require("tallyho.runs").changed(state)
end

---The client's configuration, in the form that both vim.lsp.config and vim.lsp.start take.
---@param options tallyho.Options
---@param binary string
---@return table
local function configuration(options, binary)
  local settings = vim.tbl_extend("keep", options.settings, { runState = true })
  return {
    name = "tallyho",
    cmd = { binary, "lsp" },
    init_options = settings,
    settings = { tallyho = settings },
    on_init = on_init,
    on_attach = on_attach,
    handlers = { ["workspace/inlayHint/refresh"] = on_refresh, ["tallyho/runState"] = on_run_state },
  }
end

---Starts the server for Python files opened from now on and for those that are open. Says nothing where the binary is
---missing: editing is not disturbed by it, and :checkhealth tells.
---@param options tallyho.Options
function M.setup(options)
  local binary = require("tallyho").binary()
  if not binary then
    return
  end
  local config = configuration(options, binary)
  if vim.lsp.config and vim.lsp.enable then
    config.filetypes = filetypes
    config.root_dir = function(buffer, start)
      if is_wanted(buffer) then
        start(root(options, buffer))
      end
    end
    vim.lsp.config("tallyho", config)
    vim.lsp.enable("tallyho")
    return
  end
  vim.api.nvim_create_autocmd("FileType", {
    group = vim.api.nvim_create_augroup("tallyho.lsp", { clear = true }),
    pattern = filetypes,
    callback = function(event)
      if is_wanted(event.buf) then
        vim.lsp.start(vim.tbl_extend("force", config, { root_dir = root(options, event.buf) }), { bufnr = event.buf })
      end
    end,
  })
end

return M
