--- A floating window with the samples of the statement under the cursor.

local M = {}

local widest = 30 -- cells of one value

---@param text string
---@return string
local function fit(text)
  text = text:gsub("[\r\n]+", "⏎")
  if vim.fn.strdisplaywidth(text) <= widest then
    return text
  end
  return vim.fn.strcharpart(text, 0, widest - 1) .. "…"
end

---@param text string
---@param width integer
---@return string
local function padded(text, width)
  return text .. (" "):rep(width - vim.fn.strdisplaywidth(text))
end

---The lines of a table of samples: a row for each hit, a column for each name.
---@param samples table As tallyho/samples answers.
---@return string[]
function M.lines(samples)
  local head = { samples.calls and "call" or "hit" }
  local rows = {}
  for _, row in ipairs(samples.rows) do
    local names = { ["return"] = "→", exception = "✗" }
    table.insert(head, fit(names[row.kind] or row.name))
  end
  for i, hit in ipairs(samples.columns) do
    local cells = { tostring(hit) }
    for _, row in ipairs(samples.rows) do
      table.insert(cells, fit(row.cells[i] or ""))
    end
    table.insert(rows, cells)
  end
  local widths = {}
  for _, cells in ipairs(vim.list_extend({ head }, rows)) do
    for i, cell in ipairs(cells) do
      widths[i] = math.max(widths[i] or 0, vim.fn.strdisplaywidth(cell))
    end
  end
  local function line(cells)
    local parts = {}
    for i, cell in ipairs(cells) do
      table.insert(parts, padded(cell, widths[i]))
    end
    return (table.concat(parts, "  "):gsub("%s+$", ""))
  end
  local hits = (samples.atLeast and "≥" or "") .. samples.hits
  local lines = { ("%s  ×%s"):format(samples.code, hits) }
  if samples.edited then
    table.insert(lines, "edited since: the values of the line that ran are not shown")
  elseif #rows == 0 then
    table.insert(lines, "no values were sampled here")
  else
    table.insert(lines, line(head))
    vim.list_extend(lines, vim.tbl_map(line, rows))
  end
  local last = samples.columns[#samples.columns]
  if samples.recorded and last and #samples.columns < samples.hits then
    local of = ("%d to %d of the %d that were recorded"):format(samples.columns[1], last, samples.hits)
    table.insert(lines, last < samples.hits and ("%s; :Tallyho values %d shows those after"):format(of, last + 1) or of)
  end
  for _, problem in ipairs(samples.errors or {}) do
    table.insert(lines, "✗ " .. (problem:gsub("[\r\n]+", "⏎")))
  end
  return lines
end

---Opens the window; called again, it goes into it.
---@param from? integer The first hit that is shown of a run that was recorded; default: the first.
function M.show(from)
  require("tallyho.client").ask_here("tallyho/samples", function(samples)
    if not samples or samples.title == "" then
      require("tallyho.client").say("nothing that ran begins on this line")
      return
    end
    local buffer = vim.lsp.util.open_floating_preview(M.lines(samples), "", {
      border = "rounded",
      title = " " .. samples.title .. " ",
      focus_id = "tallyho.values",
      wrap = false,
      max_width = math.max(40, vim.o.columns - 10),
      max_height = math.max(8, math.floor(vim.o.lines / 2)),
    })
    vim.api.nvim_buf_set_extmark(buffer, require("tallyho.signs").namespace, 0, 0, { end_row = 1, hl_group = "TallyhoTitle" })
  end, { from = from, wait = true })
end

return M
