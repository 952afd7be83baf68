--- Asks the language server. Neovim 0.11 made the functions of a client its methods; here both forms are known.

local M = {}

local has_methods = vim.fn.has("nvim-0.11") == 1

---Returns the server that a buffer is attached to; with none, any that runs.
---@param buffer? integer 0: the current one.
---@return vim.lsp.Client?
function M.get(buffer)
  local own = vim.lsp.get_clients({ name = "tallyho", bufnr = buffer or 0 })[1]
  return own or vim.lsp.get_clients({ name = "tallyho" })[1]
end

---Returns the server, or tells the person that there is none.
---@param buffer? integer
---@return vim.lsp.Client?
function M.need(buffer)
  local client = M.get(buffer)
  if not client then
    M.say("the language server is not running; :checkhealth tallyho explains", vim.log.levels.WARN)
  end
  return client
end

---@param text string
---@param level? integer
function M.say(text, level)
  vim.notify("tallyho: " .. text, level or vim.log.levels.INFO)
end

---Sends a request. The answer is nil where the server has gone or refused; a refusal is told.
---@param client vim.lsp.Client
---@param method string
---@param parameters table
---@param answered fun(result: any)
---@param buffer? integer
function M.ask(client, method, parameters, answered, buffer)
  local function handle(err, result)
    if err and err.code ~= -32801 and err.code ~= -32800 then -- but for what has changed meanwhile
      M.say(err.message or tostring(err), vim.log.levels.WARN)
    end
    answered(not err and result or nil)
  end
  local sent
  if has_methods then
    sent = client:request(method, parameters, handle, buffer or 0)
  else
    sent = client.request(method, parameters, handle, buffer or 0)
  end
  if not sent then
    answered(nil)
  end
end

---Sends a request about the place of the cursor.
---@param method string
---@param answered fun(result: any)
---@param parameters? table What the request has besides.
function M.ask_here(method, answered, parameters)
  local client = M.need(0)
  if not client then
    return
  end
  local position = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local wanted = { uri = position.textDocument.uri, line = position.position.line, character = position.position.character }
  M.ask(client, method, vim.tbl_extend("force", wanted, parameters or {}), answered)
end

---Has the server execute a command of its own.
---@param name string
---@param argument table
---@param done? fun(result: any)
function M.execute(name, argument, done)
  local client = M.need(0)
  if client then
    M.ask(client, "workspace/executeCommand", { command = name, arguments = { argument } }, done or function() end)
  end
end

---@param client vim.lsp.Client
---@param method string
---@param buffer integer
---@return boolean
function M.supports(client, method, buffer)
  if has_methods then
    return client:supports_method(method, buffer)
  end
  return client.supports_method(method, { bufnr = buffer })
end

return M
