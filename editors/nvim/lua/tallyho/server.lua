--- What running a file means that only makes an app: the app's server.

local M = {}

---The line that makes a Flask or FastAPI app, taken apart.
---@param line string
---@return string? name
---@return string? framework
local function made(line)
  for _, pattern in ipairs({ "^([%a_][%w_]*)%s*=%s*(.*)$", "^([%a_][%w_]*)%s*:%s*[%w_.]+%s*=%s*(.*)$" }) do
    local name, value = line:match(pattern)
    local class = value and value:match("^[%w_.]-%.?(%u%w*)%(")
    if class == "Flask" or class == "FastAPI" then
      return name, class
    end
  end
end

---@param line string One that begins at the left margin.
---@param app string
---@return boolean
local function defines(line, app)
  local word = line:match("^[%a_][%w_]*")
  if not word then
    return line:find("^[@#%)%]}\"']") ~= nil
  end
  return vim.tbl_contains({ "import", "from", "def", "async", "class" }, word)
    or line:find("^[%w_.]+%s*=[^=]") ~= nil
    or line:find("^[%w_.]+%[.-%]%s*=[^=]") ~= nil
    or line:find("^[%w_]+%s*:[^=]*=") ~= nil and word ~= "if" and word ~= "for" and word ~= "while"
    or line:find("^with " .. app .. "%.app_context") ~= nil
    or word == app and line:find("^[%w_]+%.[%a_]") ~= nil and not line:find("^[%w_]+%.run%f[%W]")
end

---The words behind `tallyho run` that serve the app of a file; nil where it makes none, or does more than define things.
---@param lines string[]
---@param module string The file's, as it is imported.
---@return string[]?
function M.words(lines, module)
  local app, framework
  for _, line in ipairs(lines) do
    if not app then
      app, framework = made(line)
    end
  end
  if not app then
    return nil
  end
  local quoted = false -- in a text over several lines
  for _, line in ipairs(lines) do
    local begins = not quoted and line:find("^%S") ~= nil
    if begins and (not defines(line, app) or line:find("__name__%s*==")) then
      return nil
    end
    local _, double = line:gsub('"""', "")
    local _, single = line:gsub("'''", "")
    if (double + single) % 2 == 1 then
      quoted = not quoted
    end
  end
  if framework == "Flask" then
    return { "-m", "flask", "--app", module, "run", "--no-reload" }
  end
  return { "-m", "uvicorn", module .. ":" .. app }
end

return M
