---Following a part of a recorded run: annotations are of one call, test, request, task or thread alone.

local client_of = require("tallyho.client")

local M = {}

---@class tallyho.Part
---@field kind string
---@field what string
---@field text string

---Has the person choose among the parts of a run.
---@param list { session: string, title: string, following?: string, parts: tallyho.Part[], more?: integer }
local function choose(list)
  local items = {}
  if list.following then
    table.insert(items, { kind = "", what = "", text = "all of the run" })
  end
  vim.list_extend(items, list.parts)
  if #items == 0 then
    client_of.say("there is nothing to follow in " .. list.title)
    return
  end
  local more = list.more and list.more > 0 and (" (%d more are not listed)"):format(list.more) or ""
  vim.ui.select(items, {
    prompt = ("Follow what of %s?%s"):format(list.title, more),
    kind = "tallyho.part",
    format_item = function(part)
      return part.kind == "" and part.text or ("%-8s %s"):format(part.kind, part.text)
    end,
  }, function(part)
    if part then
      client_of.execute("tallyho.follow", { session = list.session, what = part.what })
    end
  end)
end

---@param what? string "call": one of the function under the cursor; "all": nothing any more; "": choose; else what to follow.
function M.follow(what)
  local uri = vim.uri_from_bufnr(0)
  if what == "all" then
    client_of.execute("tallyho.follow", { uri = uri, what = "" })
    return
  elseif what and what ~= "" and what ~= "call" then
    client_of.execute("tallyho.follow", { uri = uri, what = what })
    return
  end
  local client = client_of.need(0)
  if not client then
    return
  end
  local line = what == "call" and vim.api.nvim_win_get_cursor(0)[1] or nil
  client_of.ask(client, "tallyho/parts", { uri = uri, line = line }, function(list)
    if list then
      choose(list)
    end
  end)
end

return M
