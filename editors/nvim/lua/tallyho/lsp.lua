--- Starts `tallyho lsp` for Python files and files of queries, and switches inlay hints on there.

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

---@param client vim.lsp.Client
---@param buffer integer
local function on_attach(client, buffer)
  local wanted = require("tallyho").options.inlay_hints
  local is_program = not vim.startswith(vim.bo[buffer].filetype, "json") -- other servers' hints there stay as they are
  if wanted and is_program and client:supports_method("textDocument/inlayHint", buffer) then
    vim.lsp.inlay_hint.enable(true, { bufnr = buffer })
  end
end

---@class tallyho.Answered
---@field version integer The document's version at the last answer.
---@field asked_again boolean

---@type table<integer, tallyho.Answered>
local answered = {}

---Stores hints as Neovim does, and sees to it that they are drawn. Neovim forgets which lines it has drawn when it asks
---for new hints, not when they come; after a redraw in between, as a terminal beside the source causes all the time, the
---old ones would stay until the next edit. So the second answer for one version of a document makes it forget again. That
---asks the server once more, which is why every other answer is let pass.
---@param err lsp.ResponseError?
---@param result lsp.InlayHint[]?
---@param context lsp.HandlerContext
local function on_hints(err, result, context)
  vim.lsp.handlers["textDocument/inlayHint"](err, result, context)
  if err then
    return -- nothing was stored, so whose turn it is stays as it was
  end
  local last = answered[context.bufnr]
  local again = last ~= nil and last.version == context.version and not last.asked_again
  answered[context.bufnr] = { version = context.version, asked_again = again }
  if again then
    vim.lsp.handlers["workspace/inlayHint/refresh"](nil, nil, { client_id = context.client_id })
  end
end

---The client's configuration, in the form that both vim.lsp.config and vim.lsp.start take.
---@param options tallyho.Options
---@param binary string
---@return table
local function configuration(options, binary)
  -- An empty table of Lua must not arrive as a list.
  local settings = next(options.settings) and options.settings or vim.empty_dict()
  return {
    name = "tallyho",
    cmd = { binary, "lsp" },
    init_options = settings,
    settings = { tallyho = settings },
    on_attach = on_attach,
    handlers = { ["textDocument/inlayHint"] = on_hints },
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

---Shows or hides the inlay hints of the current buffer.
function M.toggle_hints()
  local shown = vim.lsp.inlay_hint.is_enabled({ bufnr = 0 })
  vim.lsp.inlay_hint.enable(not shown, { bufnr = 0 })
end

return M
