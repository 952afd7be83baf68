--- Draws at its line how often a tracepoint of the debugger's was hit, and what is wrong with it. A query stands at the functions
--- and lines that it names, which the language server finds.

local client_of = require("tallyho.client")

local M = {}

local namespace = vim.api.nvim_create_namespace("tallyho.tracepoints")

---@param tracepoint table As the adapter's event has it.
---@return string? text
---@return string? group
function M.text(tracepoint)
  local hits = tracepoint.hits == 1 and "1 hit" or ("%d hits"):format(tracepoint.hits)
  if tracepoint.errors > 0 then
    return ("%s, %d errors: %s"):format(hits, tracepoint.errors, vim.split(tracepoint.message, "\n")[1]), "TallyhoRefused"
  elseif tracepoint.hits > 0 then
    return hits, "TallyhoHits"
  end
end

---@param buffer integer
---@param line integer From 1.
---@param text string
---@param group string
local function mark(buffer, line, text, group)
  if line <= vim.api.nvim_buf_line_count(buffer) then
    vim.api.nvim_buf_set_extmark(buffer, namespace, line - 1, 0, {
      virt_text = { { "  ◆ " .. text, group } },
      virt_text_pos = "eol",
      priority = 10000, -- behind the hints
    })
  end
end

---@class tallyho.Asked
---@field query string
---@field text string
---@field group string
---@field places integer

---@type table<integer, {key: string, places: integer[][]}> by buffer, what the server said last
local known = {}

---Finds where queries stand in a buffer; at once, where neither they nor its text have changed.
---@param buffer integer
---@param queries string[]
---@param found fun(places: integer[][]) From 0.
local function find(buffer, queries, found)
  local key = vim.api.nvim_buf_get_changedtick(buffer) .. "\n" .. table.concat(queries, "\n")
  if (known[buffer] or {}).key == key then
    found(known[buffer].places)
    return
  end
  local client = client_of.get(buffer)
  if not client then
    return
  end
  client_of.ask(client, "tallyho/places", { uri = vim.uri_from_bufnr(buffer), queries = queries }, function(answer)
    if answer and vim.api.nvim_buf_is_valid(buffer) then
      known[buffer] = { key = key, places = answer.places }
      found(answer.places)
    end
  end, buffer)
end

---Draws queries where they stand in a buffer.
---@param buffer integer
---@param asked tallyho.Asked[]
---@param is_news fun(): boolean
local function draw_queries(buffer, asked, is_news)
  local queries = vim.tbl_map(function(one)
    return one.query
  end, asked)
  find(buffer, queries, function(places)
    for i, lines in ipairs(is_news() and places or {}) do
      local elsewhere = #lines > 1 or asked[i].places > 1
      for _, line in ipairs(lines) do
        mark(buffer, line + 1, asked[i].text .. (elsewhere and " in all" or ""), asked[i].group)
      end
    end
  end)
end

local drawn = 0

---Draws all tracepoints: those that stand at a line there, queries at what they name.
---@param tracepoints table[]
function M.draw(tracepoints)
  M.clear()
  local this, asked = drawn, {}
  for _, tracepoint in ipairs(tracepoints) do
    local text, group = M.text(tracepoint)
    local path = tracepoint.source and tracepoint.source.path
    local query = (tracepoint.copies or {}).query or ""
    if text and path and tracepoint.line then
      local buffer = vim.fn.bufnr(path)
      if buffer >= 0 and vim.api.nvim_buf_is_loaded(buffer) then
        mark(buffer, tracepoint.line, text, group)
      end
    elseif text and query ~= "" then
      table.insert(asked, { query = query, text = text, group = group, places = tracepoint.places or 0 })
    end
  end
  for _, buffer in ipairs(#asked > 0 and vim.api.nvim_list_bufs() or {}) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].filetype == "python" then
      draw_queries(buffer, asked, function()
        return drawn == this
      end)
    end
  end
end

---Takes away what was drawn.
function M.clear()
  drawn = drawn + 1 -- what was asked before comes too late
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  end
end

---Listens to nvim-dap; a second call replaces what the first one set.
---@param dap table
function M.setup(dap)
  local function is_ours(session)
    return (session.config or {}).type == "tallyho"
  end
  local after = dap.listeners.after
  after.event_initialized.tallyho = function(session)
    if is_ours(session) and session.request then
      session:request("tallyho/follow", {}, function(err, body)
        if not err and body then
          M.draw(body.tracepoints or {})
        end
      end)
    end
  end
  after["event_tallyho/tracepoints"].tallyho = function(session, body)
    if is_ours(session) and body then
      M.draw(body.tracepoints or {})
    end
  end
end

return M
