--- :Tallyho and its subcommands.

local M = {}

---@param words string[]
---@param prefix string
---@return string[]
local function beginning(words, prefix)
  return vim.tbl_filter(function(word)
    return vim.startswith(word, prefix)
  end, words)
end

---@class tallyho.Subcommand
---@field run fun(arguments: string[], text: string)
---@field complete? fun(word: string, text: string): string[]

---Completes a query by what the server knows.
---@param text string What stands behind the subcommand.
---@param word string What Vim takes for the last word.
---@return string[]
local function complete_query(word, text)
  local client = require("tallyho.client").get(0)
  if not client or text:find("[\128-\255]") then
    return {} -- offsets are counted in units of UTF-16
  end
  local answer
  require("tallyho.client").ask(client, "tallyho/query", { query = text, offset = #text }, function(result)
    answer = result or {}
  end)
  vim.wait(1000, function()
    return answer ~= nil
  end, 10)
  local found = {}
  for _, item in ipairs((answer or {}).items or {}) do
    -- The item takes the place of some of the text; Vim replaces its last word.
    local whole = text:sub(1, item.start or #text) .. (item.insert or item.label)
    local begins = #text - #word
    if whole:sub(1, begins) == text:sub(1, begins) then
      table.insert(found, whole:sub(begins + 1))
    end
  end
  return found
end

---@param word string
---@return string[]
local function complete_file(word)
  return vim.fn.getcompletion(word, "file")
end

---@type table<string, tallyho.Subcommand>
M.subcommands = {
  run = {
    run = function(arguments)
      require("tallyho.run").run(arguments)
    end,
    complete = complete_file,
  },
  trace = {
    run = function(_, text)
      if vim.tbl_contains({ "line", "function", "name" }, text) then
        require("tallyho.trace")[text]()
      elseif pcall(require, "dap") then
        require("tallyho.dap").trace(text)
      else
        require("tallyho.run").run({}, text ~= "" and { text } or nil)
      end
    end,
    complete = function(word, text)
      local found = text == word and beginning({ "line", "function", "name" }, word) or {}
      return vim.list_extend(found, complete_query(word, text))
    end,
  },
  test = {
    run = function(arguments)
      require("tallyho.run").test(arguments)
    end,
  },
  ["repeat"] = {
    run = function()
      require("tallyho.run").again()
    end,
  },
  query = {
    run = function(_, text)
      local queries = require("tallyho.run").queries
      if text ~= "" then
        require("tallyho.trace").query(text)
      elseif #queries == 0 then
        require("tallyho.client").say("no queries for the runs to come")
      else
        require("tallyho.client").say("for the runs to come:\n" .. table.concat(queries, "\n"))
      end
    end,
    complete = complete_query,
  },
  runs = {
    run = function()
      require("tallyho.runs").choose()
    end,
  },
  compare = {
    run = function(arguments)
      require("tallyho.runs").compare(arguments[1] == "off" and "off" or nil)
    end,
    complete = function(word)
      return beginning({ "off" }, word)
    end,
  },
  values = {
    run = function(arguments)
      require("tallyho.values").show(tonumber(arguments[1]))
    end,
  },
  history = {
    run = function(_, text)
      require("tallyho.history").show(text)
    end,
    complete = function(word)
      return require("tallyho.history").complete(word)
    end,
  },
  dump = {
    run = function()
      require("tallyho.history").dump()
    end,
  },
  follow = {
    run = function(_, text)
      require("tallyho.follow").follow(text)
    end,
    complete = function(word)
      return beginning({ "call", "all", "call:", "test:", "request:", "task:", "thread:" }, word)
    end,
  },
  summary = {
    run = function()
      require("tallyho.runs").summary()
    end,
  },
  never = {
    run = function(arguments)
      require("tallyho.never").quickfix(arguments[1] == "all")
    end,
    complete = function(word)
      return beginning({ "all" }, word)
    end,
  },
  page = {
    run = function(_, text)
      require("tallyho.runs").page(text)
    end,
    complete = complete_file,
  },
  hints = {
    run = function()
      require("tallyho.hints").toggle()
    end,
  },
  signs = {
    run = function()
      require("tallyho.signs").toggle()
    end,
  },
  clear = {
    run = function()
      require("tallyho.runs").clear()
    end,
  },
}

---@return string[]
local function names()
  local list = vim.tbl_keys(M.subcommands)
  table.sort(list)
  return list
end

---@param command table As nvim_create_user_command calls it.
function M.execute(command)
  local name = command.fargs[1]
  local text = vim.trim(command.args:sub(#(name or "") + 1))
  local subcommand = M.subcommands[name or "runs"]
  if not subcommand then
    require("tallyho.client").say(
      ("there is no :Tallyho %s; there are %s"):format(name, table.concat(names(), ", ")),
      vim.log.levels.ERROR
    )
    return
  end
  subcommand.run(vim.list_slice(command.fargs, 2), text)
end

---@param word string
---@param line string
---@param position integer
---@return string[]
function M.complete(word, line, position)
  local before = line:sub(1, position)
  local name, text = before:match("^%s*%S*Tallyho!?%s+(%S+)%s+(.*)$")
  if not name then
    return beginning(names(), word)
  end
  local subcommand = M.subcommands[name]
  return subcommand and subcommand.complete and subcommand.complete(word, text) or {}
end

return M
