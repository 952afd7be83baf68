--- Draws at its line why a breakpoint was refused: nvim-dap shows that it was, and keeps the reason for its list.

local M = {}

local namespace = vim.api.nvim_create_namespace("tallyho.refused")

---@class tallyho.Placed
---@field buffer integer
---@field line integer From 1.

---@type table<integer, table<integer, tallyho.Placed>> by session, by the adapter's number of the breakpoint
local placed = {}

---@param breakpoint table As DAP has it.
---@return boolean
local function is_refused(breakpoint)
  return breakpoint.verified == false and breakpoint.reason == "failed" and (breakpoint.message or "") ~= ""
end

---@param buffer integer
---@param line integer From 1.
---@param breakpoint table
local function draw(buffer, line, breakpoint)
  if not vim.api.nvim_buf_is_valid(buffer) or line < 1 or line > vim.api.nvim_buf_line_count(buffer) then
    return
  end
  vim.api.nvim_buf_clear_namespace(buffer, namespace, line - 1, line)
  if is_refused(breakpoint) then
    local reason = vim.split(breakpoint.message, "\n")[1]
    vim.api.nvim_buf_set_extmark(buffer, namespace, line - 1, 0, {
      virt_text = { { "  " .. reason, "TallyhoRefused" } },
      virt_text_pos = "eol",
    })
  end
end

---@param session table
---@return boolean
local function is_ours(session)
  return (session.config or {}).type == "tallyho"
end

---The breakpoints of one file were set anew.
local function on_set(session, err, response, request)
  local path = request and request.source and request.source.path
  if not is_ours(session) or err or not response or not path then
    return
  end
  local buffer = vim.fn.bufnr(path)
  if buffer < 0 then
    return
  end
  vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  local known = placed[session.id] or {}
  placed[session.id] = known
  for i, breakpoint in ipairs(response.breakpoints or {}) do
    local asked = (request.breakpoints or {})[i]
    if asked then
      draw(buffer, asked.line, breakpoint)
      if breakpoint.id then
        known[breakpoint.id] = { buffer = buffer, line = asked.line }
      end
    end
  end
end

---A breakpoint has become another: it is found in what was loaded, or is refused after all.
local function on_changed(session, event)
  local breakpoint = event and event.breakpoint or {}
  local at = (placed[session.id] or {})[breakpoint.id]
  if is_ours(session) and at then
    draw(at.buffer, at.line, breakpoint)
  end
end

local function on_end(session)
  for _, at in pairs(placed[session.id] or {}) do
    if vim.api.nvim_buf_is_valid(at.buffer) then
      vim.api.nvim_buf_clear_namespace(at.buffer, namespace, 0, -1)
    end
  end
  placed[session.id] = nil
end

---Listens to nvim-dap; a second call replaces what the first one set.
---@param dap table
function M.setup(dap)
  local after = dap.listeners.after
  after.setBreakpoints.tallyho = on_set
  after.event_breakpoint.tallyho = on_changed
  after.event_terminated.tallyho = on_end
  after.event_exited.tallyho = on_end
  after.disconnect.tallyho = on_end
end

return M
