--- Tallyho in Neovim: the adapter for nvim-dap, the language server, and a command that runs a file.

local M = {}

---@class tallyho.Options
---@field path? string The binary; default: "tallyho" on PATH.
---@field inlay_hints? boolean Switch inlay hints on where the server attaches; default true.
---@field lsp? boolean Start the language server; default true.
---@field dap? boolean Register the adapter and its configurations with nvim-dap; default true.
---@field root_markers? string[] What marks the workspace's root.
---@field settings? table Settings of the server, such as `{ hints = { ascii = true } }`; see docs/settings.md.

---@type tallyho.Options
M.options = {
  path = "tallyho",
  inlay_hints = true,
  lsp = true,
  dap = true,
  root_markers = { "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", ".git" },
  settings = {},
}

---Sets up what Neovim has: the language server always, the adapter where nvim-dap is installed.
---@param options? tallyho.Options
function M.setup(options)
  M.options = vim.tbl_deep_extend("force", M.options, options or {})
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
  local file = vim.api.nvim_buf_get_name(0)
  local binary = M.need_binary()
  if not binary then
    return
  end
  if file == "" or vim.bo.filetype ~= "python" then
    vim.notify("tallyho: this buffer is no Python file", vim.log.levels.ERROR)
    return
  end
  local command = vim.list_extend({ binary, "run", file }, arguments or {})
  local window = vim.api.nvim_get_current_win()
  vim.cmd("botright 12new")
  if vim.fn.has("nvim-0.11") == 1 then
    vim.fn.jobstart(command, { term = true })
  else
    vim.fn.termopen(command)
  end
  vim.api.nvim_set_current_win(window)
end

return M
