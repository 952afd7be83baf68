--- The runs that the server knows: which one is shown, the statusline, a summary, and comparing two.

local client_of = require("tallyho.client")

local M = {}

---@class tallyho.RunState As the server's notification has it.
---@field text string
---@field runs table[]
M.state = { text = "", runs = {} }

local cleared = false

---For a statusline: what the run that is shown does, such as "shop.py: running, 1,204 hits"; "" where there is none.
---@return string
function M.statusline()
  local text = #M.state.runs > 0 and M.state.text or ""
  return (text:gsub("%%", "%%%%"))
end

---The run that a program is in now, if one is.
---@return table?
function M.live()
  for _, run in ipairs(M.state.runs) do
    if run.state ~= "ended" then
      return run
    end
  end
end

---Takes a notification in and tells who listens.
---@param state tallyho.RunState
function M.changed(state)
  local before = M.state.runs[1]
  M.state = state
  local now = state.runs[1]
  if now and (not before or before.session ~= now.session) then
    M.show_again()
  end
  vim.api.nvim_exec_autocmds("User", { pattern = "TallyhoState", data = state, modeline = false })
  vim.cmd("redrawstatus!")
end

---Hides all annotations until something runs again, and drops the queries for runs to come.
function M.clear()
  cleared = true
  require("tallyho.run").queries = {}
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if require("tallyho.hints").is_shown(buffer) then
      require("tallyho.hints").toggle(false, buffer)
      vim.b[buffer].tallyho_cleared = true
    end
  end
  require("tallyho.tracepoints").clear()
end

---Ends what clear began.
function M.show_again()
  if not cleared then
    return
  end
  cleared = false
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.b[buffer].tallyho_cleared then
      vim.b[buffer].tallyho_cleared = nil
      require("tallyho.hints").toggle(true, buffer)
    end
  end
end

---The runs that have counts of statements: a fleet that is asked has none.
---@return table[]
local function counted()
  return vim.tbl_filter(function(run)
    return not run.processes
  end, M.state.runs)
end

---@param prompt string
---@param runs table[]
---@param chosen fun(run: table)
local function pick(prompt, runs, chosen)
  if #runs == 0 then
    client_of.say("there is no run yet")
    return
  end
  vim.ui.select(runs, {
    prompt = prompt,
    kind = "tallyho.run",
    format_item = function(run)
      return (run.chosen and "* " or "  ")
        .. vim.fn.strftime("%Y-%m-%d %H:%M:%S", vim.fn.strptime("%Y-%m-%dT%H:%M:%S", run.started or ""))
        .. "  "
        .. run.text
    end,
  }, function(run)
    if run then
      chosen(run)
    end
  end)
end

---Lets the person choose the run that the annotations come from.
function M.choose()
  local newest = { session = "newest", text = "the newest run of each file", started = "" }
  local runs = counted()
  pick("Annotations of", vim.list_extend(#runs > 0 and { newest } or {}, runs), function(run)
    client_of.execute("tallyho.chooseRun", { session = run.session })
  end)
end

---Shows lines in a window of their own below.
---@param name string
---@param filetype string
---@param lines string[]
---@return integer buffer
local function show(name, filetype, lines)
  local buffer = vim.fn.bufnr("^" .. name .. "$")
  if buffer < 0 then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buffer, name)
  end
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].modifiable, vim.bo[buffer].buftype, vim.bo[buffer].filetype = false, "nofile", filetype
  local window = vim.fn.win_findbuf(buffer)[1]
  if window then
    vim.api.nvim_set_current_win(window)
  else
    vim.cmd("botright sbuffer " .. buffer)
  end
  vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = buffer, desc = "Close" })
  return buffer
end

---Says what differs between two runs: the one shown, or the newest, and another that the person chooses. Annotations
---then have what the other one had in parentheses.
---@param before? string A session, or "off": annotations are of one run alone again.
---@param after? string
function M.compare(before, after)
  if before == "off" then
    client_of.execute("tallyho.compareWith", { with = "" })
    return
  end
  local client = client_of.need(0)
  if not client then
    return
  end
  local function go(one, other)
    client_of.ask(client, "tallyho/compare", { before = one, after = other, lines = true }, function(result)
      if result then
        show("tallyho://compare", "markdown", vim.split(result.markdown, "\n"))
      end
    end)
  end
  if before and after then
    go(before, after)
    return
  end
  local runs = counted()
  local shown = runs[1]
  for _, run in ipairs(runs) do
    shown = run.chosen and run or shown
  end
  local others = vim.tbl_filter(function(run)
    return run ~= shown
  end, runs)
  if #others == 0 then
    client_of.say("there are no two runs to compare")
    return
  end
  pick("Compare " .. shown.text .. " with", others, function(run)
    go(run.session, shown.session)
  end)
end

---Writes the run that is shown as one HTML page.
---@param path? string Default: the program's name with .html in the working directory.
function M.page(path)
  local client = client_of.need(0)
  local run = M.state.runs[1]
  if not client or not run then
    client_of.say("there is no run yet")
    return
  end
  local name = vim.fs.basename(run.program or "run"):gsub("%.py$", "") .. ".html"
  path = vim.fn.fnamemodify(path and path ~= "" and path or name, ":p")
  client_of.ask(client, "tallyho/savePage", { path = path }, function(result)
    if result then
      client_of.say("written to " .. result.path)
    end
  end)
end

---@param file table
---@return string
local function percent(file)
  return file.known > 0 and ("%3d%%"):format(math.floor(100 * file.ran / file.known)) or "   ?"
end

---Shows a line for each file of the run: how much of it ran, its hits. Enter opens the file.
function M.summary()
  local client = client_of.need(0)
  if not client then
    return
  end
  client_of.ask(client, "tallyho/coverage", vim.empty_dict(), function(coverage)
    local files = coverage and coverage.files or {}
    if #files == 0 then
      client_of.say("there is no run yet")
      return
    end
    local lines = { coverage.title or "", "", " ran  never  hits        file" }
    local first = #lines
    for _, file in ipairs(files) do
      local name = vim.fn.fnamemodify(vim.uri_to_fname(file.uri), ":~:.")
      local text = ("%s  %5d  %-10d  %s"):format(percent(file), file.known - file.ran, file.hits, name)
      table.insert(lines, text .. (file.unknown > 0 and ("  (%d not known)"):format(file.unknown) or ""))
    end
    local buffer = show("tallyho://summary", "tallyhosummary", lines)
    vim.api.nvim_buf_clear_namespace(buffer, require("tallyho.signs").namespace, 0, -1)
    vim.api.nvim_buf_set_extmark(buffer, require("tallyho.signs").namespace, 2, 0, { end_row = 3, hl_group = "TallyhoTitle" })
    vim.keymap.set("n", "<CR>", function()
      local file = files[vim.api.nvim_win_get_cursor(0)[1] - first]
      if file then
        vim.cmd("wincmd p")
        vim.cmd.edit(vim.fn.fnameescape(vim.uri_to_fname(file.uri)))
      end
    end, { buffer = buffer, desc = "Open the file" })
  end)
end

return M
