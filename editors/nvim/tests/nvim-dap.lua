--- Debugging with nvim-dap itself: back in a program that has stopped, and when a name changed.

local h = dofile(vim.env.TALLYHO_TESTS .. "/harness.lua")
local dap = require("dap")
local tests = {}

local program = {
  "def price(n):",
  "    total = n * 2",
  "    total -= 1",
  "    return total",
  "",
  "first = price(4)",
  "second = price(5)",
  "print(first, second)",
}

---Where the session stands, with the locals: "4 n=4 total=7", or why that is not known.
---@return string
local function place()
  local session = dap.session()
  local frame = session and session.stopped_thread_id and session.current_frame
  local scope = frame and (frame.scopes or {})[1]
  if not scope or not scope.variables then
    return session and "runs" or "no session"
  end
  local parts = {}
  for _, one in ipairs(scope.variables) do
    table.insert(parts, one.name .. "=" .. one.value)
  end
  table.sort(parts)
  return frame.line .. " " .. table.concat(parts, " ")
end

---Does something and waits until the session stands there. What it does has to change where that is.
---@param step? fun()
---@param want string
local function stands(step, want)
  if step then
    step()
  end
  h.wait(want, function()
    return place() == want, place()
  end)
end

---Starts the program, recorded, with a breakpoint where price returns.
---@return string[] said What it prints, as it does.
---@return fun(): boolean ended
local function start()
  require("tallyho").setup({ path = vim.env.TALLYHO_BIN, lsp = false })
  local path = h.open("back.py", program)
  vim.api.nvim_win_set_cursor(0, { 4, 0 })
  dap.clear_breakpoints()
  dap.set_breakpoint()
  local said, over = {}, false
  dap.listeners.after.event_output.test = function(_, body)
    if body.category == "stdout" then
      table.insert(said, body.output)
    end
  end
  dap.listeners.after.event_terminated.test = function()
    over = true
  end
  dap.run({
    type = "tallyho",
    request = "launch",
    name = "recorded",
    program = path,
    python = vim.env.TALLYHO_PYTHON,
    cwd = vim.env.TALLYHO_WORK,
    record = true,
  })
  return said, function()
    return over and dap.session() == nil
  end
end

function tests.steps_lead_back_and_on_to_the_end()
  local said, ended = start()
  stands(nil, "4 n=4 total=7")
  stands(dap.continue, "4 n=5 total=9")
  stands(dap.step_back, "3 n=5 total=10")
  stands(dap.step_back, "2 n=5")
  stands(dap.reverse_continue, "4 n=4 total=7")
  stands(dap.step_back, "3 n=4 total=8")
  stands(dap.step_over, "4 n=4 total=7")
  stands(dap.continue, "4 n=5 total=9")
  dap.continue()
  h.wait("the end", ended)
  h.equal(table.concat(said), "7 9\n")
end

---Does something that has the person choose, and chooses.
---@param ask fun()
---@param want string What is chosen, as it is shown.
---@return string[] offered
local function chosen(ask, want)
  local offered, select = nil, vim.ui.select
  vim.ui.select = function(items, options, on_choice)
    offered = vim.tbl_map(options.format_item, items)
    vim.ui.select = select
    for i, text in ipairs(offered) do
      if text == want then
        on_choice(items[i], i)
      end
    end
  end
  ask()
  h.wait("a choice", function()
    return offered ~= nil
  end)
  return offered
end

function tests.a_names_changes_are_listed_and_gone_to()
  local said, ended = start()
  stands(nil, "4 n=4 total=7")
  stands(dap.continue, "4 n=5 total=9")
  h.equal(vim.fn.getcompletion("Tallyho history t", "cmdline"), { "total" })
  vim.api.nvim_win_set_cursor(0, { 3, 5 })
  local offered = chosen(function()
    vim.cmd("Tallyho history")
  end, "total = 10  back.py:2 price")
  h.equal(offered, { "total = 9 (was 10)  back.py:3 price", "total = 10  back.py:2 price" })
  stands(nil, "2 n=5")
  stands(dap.continue, "4 n=5 total=9")
  chosen(function()
    vim.cmd("Tallyho history total")
  end, "total = 9 (was 10)  back.py:3 price")
  stands(nil, "3 n=5 total=10")
  h.contains(
    h.said(function()
      vim.cmd("Tallyho history nothing")
    end, function(text)
      return text ~= ""
    end),
    "nothing"
  )
  stands(dap.continue, "4 n=5 total=9")
  dap.continue()
  h.wait("the end", ended)
  h.equal(table.concat(said), "7 9\n")
end

h.run(tests)
