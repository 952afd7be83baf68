--- Goes through the lines that never ran.

local signs = require("tallyho.signs")
local client_of = require("tallyho.client")

local M = {}

---The first lines of runs of lines that never ran: one goes from hole to hole.
---@param counts table
---@return integer[] From 1.
function M.holes(counts)
  local holes, was_never = {}, false
  for _, at in ipairs(signs.lines_of(counts)) do
    if at.never and not was_never then
      table.insert(holes, at.line)
    end
    was_never = at.never
  end
  return holes
end

---Goes to the next code that never ran, round the end of the file.
---@param forward boolean
function M.jump(forward)
  local buffer, window = vim.api.nvim_get_current_buf(), vim.api.nvim_get_current_win()
  signs.counts(buffer, function(counts)
    local holes = M.holes(counts)
    if #holes == 0 then
      client_of.say(counts.session and "nothing here is known not to have run" or "there is no run of this file yet")
      return
    end
    local line = vim.api.nvim_win_get_cursor(window)[1]
    local to
    for i = 1, #holes do
      local hole = holes[forward and i or #holes + 1 - i]
      if forward and hole > line or not forward and hole < line then
        to = hole
        break
      end
    end
    to = to or holes[forward and 1 or #holes]
    if vim.api.nvim_win_get_buf(window) == buffer and to <= vim.api.nvim_buf_line_count(buffer) then
      vim.api.nvim_win_call(window, function()
        vim.cmd("normal! m'")
        vim.api.nvim_win_set_cursor(window, { to, 0 })
        vim.cmd("normal! ^zv")
      end)
    end
  end)
end

---Lists the lines that never ran: of the current file, or of all files of the run.
---@param all? boolean
function M.quickfix(all)
  local client = client_of.need(0)
  if not client then
    return
  end
  local items, waiting = {}, 0
  local function finish()
    table.sort(items, function(a, b)
      return a.filename == b.filename and a.lnum < b.lnum or a.filename < b.filename
    end)
    vim.fn.setqflist({}, " ", { title = "Lines that never ran", items = items })
    if #items == 0 then
      client_of.say("nothing is known not to have run")
    else
      vim.cmd("botright copen")
    end
  end
  local function add(uri)
    waiting = waiting + 1
    client_of.ask(client, "tallyho/counts", { uri = uri }, function(counts)
      local name = vim.uri_to_fname(uri)
      local lines = vim.fn.bufloaded(name) == 1 and vim.api.nvim_buf_get_lines(vim.fn.bufnr(name), 0, -1, false)
        or vim.fn.filereadable(name) == 1 and vim.fn.readfile(name)
        or {}
      for _, at in ipairs(signs.lines_of(counts)) do
        if at.never then
          table.insert(items, { filename = name, lnum = at.line, text = vim.trim(lines[at.line] or "") })
        end
      end
      waiting = waiting - 1
      if waiting == 0 then
        finish()
      end
    end)
  end
  if not all then
    add(vim.uri_from_bufnr(0))
    return
  end
  client_of.ask(client, "tallyho/coverage", vim.empty_dict(), function(coverage)
    local files = coverage and coverage.files or {}
    if #files == 0 then
      client_of.say("there is no run yet")
    end
    for _, file in ipairs(files) do
      add(file.uri)
    end
  end)
end

return M
