--- When a name of a recorded run got its values: a list, and going back to one of them; and writing what is kept of it in memory.
--- Asked of nvim-dap's session.

local say = require("tallyho.client").say

local M = {}

---@class tallyho.Change As the adapter has it, the newest first.
---@field at integer The step that can be gone to; 0: where the program stands.
---@field text string
---@field function string
---@field source? { name?: string, path?: string }
---@field line integer

---The debug session, if it is one of ours.
---@return table?
local function session_of()
  local there, dap = pcall(require, "dap")
  local session = there and dap.session()
  return session and session.config.type == "tallyho" and session or nil
end

---A change and its place: "total = 5 (was 6)  shop.py:8 price".
---@param change tallyho.Change
---@return string
function M.words(change)
  local source = change.source or {}
  local place = vim.fs.basename(source.path or source.name or "?") .. ":" .. change.line
  return ("%s  %s %s"):format(change.text, place, change["function"])
end

---@param session table
---@param change tallyho.Change
local function go(session, change)
  if change.at == 0 then
    say("that is where the program stands")
    return
  end
  session:request("tallyho/go", { at = change.at }, function(err)
    if err then
      say(tostring(err), vim.log.levels.WARN)
      return
    end
    -- The moment may be another thread's: nvim-dap shows that only while none is stopped.
    session.stopped_thread_id = nil
  end)
end

---@param session table
---@param name string
---@param history { changes: tallyho.Change[], whole: boolean }
local function choose(session, name, history)
  if #history.changes == 0 then
    say(("no change of %s was recorded up to here"):format(name))
    return
  end
  vim.ui.select(history.changes, {
    prompt = ("When did %s change?"):format(name) .. (history.whole and "" or " (There may be earlier changes.)"),
    kind = "tallyho.change",
    format_item = M.words,
  }, function(change)
    if change then
      go(session, change)
    end
  end)
end

---Lists when a name got its values, in a program that has stopped and was recorded; the one that is chosen is gone to.
---@param name? string A name or an attribute, such as "self.total"; default: what is under the cursor.
function M.show(name)
  local session = session_of()
  if not session then
    say("no program is debugged: this needs nvim-dap, and a launch with record = true", vim.log.levels.WARN)
    return
  end
  name = name and name ~= "" and name or vim.fn.expand("<cexpr>")
  if name == "" then
    say("there is no name under the cursor")
    return
  end
  local frame = session.current_frame
  session:request("tallyho/history", { expression = name, frameId = frame and frame.id or 0 }, function(err, history)
    if err then
      say(tostring(err), vim.log.levels.WARN)
      return
    end
    choose(session, name, history)
  end)
end

---Has what the debugged program's recording keeps in memory written, and says where; the program goes on.
function M.dump()
  local session = session_of()
  if not session then
    say('no program is debugged: this needs nvim-dap, and a launch with record = { last = "64M" }', vim.log.levels.WARN)
    return
  end
  session:request("tallyho/dump", {}, function(err, written)
    if err then
      say(tostring(err), vim.log.levels.WARN)
      return
    end
    say("the recording so far is in " .. written.path)
  end)
end

---The local names of the frame at which the session stands.
---@param word string
---@return string[]
function M.complete(word)
  local session = session_of()
  local scope = session and ((session.current_frame or {}).scopes or {})[1] or {}
  local names = vim.tbl_map(function(variable)
    return variable.evaluateName or variable.name
  end, scope.variables or {})
  return vim.tbl_filter(function(name)
    return vim.startswith(name, word) and name:match("^[%w_]+$") ~= nil
  end, names)
end

return M
