--- Signs beside the lines: how hot each is, and which never ran.

local client_of = require("tallyho.client")

local M = {}

M.namespace = vim.api.nvim_create_namespace("tallyho.signs")

---@class tallyho.Line
---@field line integer From 1.
---@field hits integer
---@field never boolean It has statements, and none of them ran.

---The lines of an answer to tallyho/counts, in order.
---@param counts table
---@return tallyho.Line[]
function M.lines_of(counts)
  local by_line = {}
  for _, statement in ipairs(counts and counts.statements or {}) do
    local line = statement.range.start.line + 1
    local known = by_line[line] or { line = line, hits = 0, never = true }
    known.hits = math.max(known.hits, statement.hits, statement.calls or 0)
    known.never = known.never and statement.did == "never"
    by_line[line] = known
  end
  local list = vim.tbl_values(by_line)
  table.sort(list, function(a, b)
    return a.line < b.line
  end)
  return list
end

---From 1, cool, to 4, hot: by orders of magnitude, as counts are.
---@param hits integer
---@param most integer
---@return integer
function M.heat(hits, most)
  if most <= 1 then
    return 1
  end
  return math.min(4, 1 + math.floor(3.999 * math.log(hits) / math.log(most)))
end

---@param buffer integer
---@param counts table
local function draw(buffer, counts)
  vim.api.nvim_buf_clear_namespace(buffer, M.namespace, 0, -1)
  local last = vim.api.nvim_buf_line_count(buffer)
  local wanted = require("tallyho").options.signs
  for _, at in ipairs(M.lines_of(counts)) do
    local mark = { priority = 5 }
    if at.never then
      mark.sign_text, mark.sign_hl_group, mark.line_hl_group = "▏", "TallyhoNeverSign", nil
      mark.hl_group, mark.end_row, mark.hl_eol = wanted.dim and "TallyhoNever" or nil, wanted.dim and at.line or nil, false
    elseif at.hits > 0 then
      mark.sign_text, mark.sign_hl_group = "▎", "TallyhoHeat" .. M.heat(at.hits, counts.most)
    end
    if at.line <= last and mark.sign_text then
      if mark.end_row then
        mark.end_row = math.min(mark.end_row, last)
        mark.strict = false
      end
      pcall(vim.api.nvim_buf_set_extmark, buffer, M.namespace, at.line - 1, 0, mark)
    end
  end
end

---Draws the signs of a buffer anew, where they are wanted.
---@param buffer integer
function M.refresh(buffer)
  if not require("tallyho").options.signs.show then
    return
  end
  M.counts(buffer, function(counts)
    if vim.api.nvim_buf_is_valid(buffer) and require("tallyho.hints").is_shown(buffer) then
      draw(buffer, counts)
    end
  end)
end

---Asks what was counted in a buffer's file.
---@param buffer integer
---@param answered fun(counts: table)
function M.counts(buffer, answered)
  local client = client_of.get(buffer)
  if not client then
    return
  end
  client_of.ask(client, "tallyho/counts", { uri = vim.uri_from_bufnr(buffer) }, function(counts)
    if counts then
      answered(counts)
    end
  end, buffer)
end

---Shows or hides the signs, in all buffers.
function M.toggle()
  local options = require("tallyho").options.signs
  options.show = not options.show
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if options.show and require("tallyho.hints").is_shown(buffer) then
      M.refresh(buffer)
    elseif not options.show then
      vim.api.nvim_buf_clear_namespace(buffer, M.namespace, 0, -1)
    end
  end
end

return M
