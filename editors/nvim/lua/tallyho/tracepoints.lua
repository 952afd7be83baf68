--- Draws at its line how often a tracepoint of the debugger's was hit, and what is wrong with it.

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

---Draws all tracepoints that stand at a line.
---@param tracepoints table[]
function M.draw(tracepoints)
  M.clear()
  for _, tracepoint in ipairs(tracepoints) do
    local text, group = M.text(tracepoint)
    local path = tracepoint.source and tracepoint.source.path
    local buffer = path and tracepoint.line and vim.fn.bufnr(path) or -1
    if text and buffer >= 0 and vim.api.nvim_buf_is_loaded(buffer) and tracepoint.line <= vim.api.nvim_buf_line_count(buffer) then
      vim.api.nvim_buf_set_extmark(buffer, namespace, tracepoint.line - 1, 0, {
        virt_text = { { "  ◆ " .. text, group } },
        virt_text_pos = "eol",
        priority = 10000, -- behind the hints
      })
    end
  end
end

---Takes away what was drawn.
function M.clear()
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
