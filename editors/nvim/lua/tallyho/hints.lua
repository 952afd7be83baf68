--- Draws the server's hints at the ends of lines. Neovim's own inlay hints are one switch and one colour for all servers, so
--- these are drawn here: they have groups of their own, and other servers' hints stay as the person has them.

local client_of = require("tallyho.client")

local M = {}

local namespace = vim.api.nvim_create_namespace("tallyho.hints")

-- How many lines beyond the window are asked for, and how long changes are gathered.
local around = 100
local pause = 60

---@type table<integer, boolean> buffers whose hints are shown; false: the person has hidden them
local shown = {}

---@type table<integer, uv.uv_timer_t>
local timers = {}

---@param text string
---@return string
local function group_of(text)
  local plain = vim.trim(text)
  if vim.startswith(plain, "→") or vim.startswith(plain, "->") then
    return "TallyhoReturn"
  elseif vim.startswith(plain, "✗") or vim.startswith(plain, "!") then
    return "TallyhoRaised"
  elseif plain:find("=", 1, true) and not plain:find("^>=x") and not plain:find("^[~●‖*|]") then
    return "TallyhoValue"
  end
  return "TallyhoCount"
end

---@param label string|table[]
---@return string[][]
local function chunks(label)
  local parts = type(label) == "string" and { { value = label } } or label --[[@as table[] ]]
  local list = { { "  " } }
  for _, part in ipairs(parts) do
    table.insert(list, { part.value, group_of(part.value) })
  end
  return list
end

---Replaces the hints of some lines.
---@param buffer integer
---@param first integer From 0.
---@param last integer The one after.
---@param hints lsp.InlayHint[]
local function draw(buffer, first, last, hints)
  vim.api.nvim_buf_clear_namespace(buffer, namespace, first, last)
  local lines = vim.api.nvim_buf_line_count(buffer)
  for _, hint in ipairs(hints) do
    if hint.position.line < lines then
      vim.api.nvim_buf_set_extmark(buffer, namespace, hint.position.line, 0, {
        virt_text = chunks(hint.label),
        virt_text_pos = "eol",
        hl_mode = "combine",
      })
    end
  end
end

---The lines of a buffer that are in windows, and some around them: from 0, the end excluded.
---@param buffer integer
---@return integer? first
---@return integer? last
local function visible(buffer)
  local first, last
  for _, window in ipairs(vim.fn.win_findbuf(buffer)) do
    local info = vim.fn.getwininfo(window)[1]
    first = math.min(first or info.topline, info.topline)
    last = math.max(last or info.botline, info.botline)
  end
  if not first then
    return nil
  end
  return math.max(0, first - 1 - around), math.min(vim.api.nvim_buf_line_count(buffer), last + around)
end

---@param buffer integer
local function fetch(buffer)
  if not vim.api.nvim_buf_is_valid(buffer) or not shown[buffer] then
    return
  end
  local client = vim.lsp.get_clients({ name = "tallyho", bufnr = buffer })[1]
  local first, last = visible(buffer)
  if not client or not first then
    return
  end
  local tick = vim.api.nvim_buf_get_changedtick(buffer)
  client_of.ask(client, "textDocument/inlayHint", {
    textDocument = vim.lsp.util.make_text_document_params(buffer),
    range = { start = { line = first, character = 0 }, ["end"] = { line = last, character = 0 } },
  }, function(hints)
    if not vim.api.nvim_buf_is_valid(buffer) or not shown[buffer] then
      return
    end
    if vim.api.nvim_buf_get_changedtick(buffer) ~= tick then
      M.refresh(buffer) -- the answer is about a text that is gone
    elseif hints ~= nil then
      draw(buffer, first --[[@as integer]], last --[[@as integer]], hints ~= vim.NIL and hints or {})
      require("tallyho.signs").refresh(buffer)
    else
      draw(buffer, first --[[@as integer]], last --[[@as integer]], {})
    end
  end, buffer)
end

---Asks for a buffer's hints again, once for what comes together.
---@param buffer integer
function M.refresh(buffer)
  local timer = timers[buffer]
  if not timer then
    timer = assert(vim.uv.new_timer())
    timers[buffer] = timer
  end
  if not timer:is_active() then
    timer:start(
      pause,
      0,
      vim.schedule_wrap(function()
        fetch(buffer)
      end)
    )
  end
end

---Asks again for the hints of all buffers: the server says that they have changed.
function M.refresh_all()
  for buffer, is_shown in pairs(shown) do
    if is_shown then
      M.refresh(buffer)
    end
  end
end

---Begins to draw a buffer's hints.
---@param buffer integer
function M.attach(buffer)
  if shown[buffer] == nil then
    shown[buffer] = require("tallyho").options.inlay_hints
    local group = vim.api.nvim_create_augroup("tallyho.hints." .. buffer, { clear = true })
    local function refresh()
      M.refresh(buffer)
    end
    vim.api.nvim_create_autocmd(
      { "TextChanged", "TextChangedI", "BufWinEnter", "BufWritePost" },
      { group = group, buffer = buffer, callback = refresh }
    )
    vim.api.nvim_create_autocmd({ "WinScrolled", "WinResized" }, {
      group = group,
      callback = function()
        if #vim.fn.win_findbuf(buffer) > 0 then
          refresh()
        end
      end,
    })
    vim.api.nvim_create_autocmd("BufWipeout", {
      group = group,
      buffer = buffer,
      callback = function()
        M.forget(buffer)
      end,
    })
  end
  M.refresh(buffer)
end

---@param buffer integer
function M.forget(buffer)
  shown[buffer] = nil
  if timers[buffer] then
    timers[buffer]:close()
    timers[buffer] = nil
  end
  pcall(vim.api.nvim_del_augroup_by_name, "tallyho.hints." .. buffer)
end

---Reports whether a buffer's hints are shown.
---@param buffer? integer
---@return boolean
function M.is_shown(buffer)
  return shown[(buffer or 0) == 0 and vim.api.nvim_get_current_buf() or buffer] == true
end

---Shows or hides the hints of a buffer; those of other servers stay as they are.
---@param show? boolean nil: the other way round.
---@param buffer? integer
function M.toggle(show, buffer)
  buffer = (buffer or 0) == 0 and vim.api.nvim_get_current_buf() or buffer --[[@as integer]]
  if show == nil then
    show = not shown[buffer]
  end
  shown[buffer] = show
  if show then
    M.refresh(buffer)
  else
    vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
    vim.api.nvim_buf_clear_namespace(buffer, require("tallyho.signs").namespace, 0, -1)
  end
end

return M
