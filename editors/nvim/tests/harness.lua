--- Runs one test file inside Neovim: the file's functions in the order of their names; the exit code tells.

local M = {}

---Waits until the predicate is true; fails with what was last seen when the time is up.
---@param what string
---@param predicate fun(): boolean, any
function M.wait(what, predicate)
  local seen
  local function check()
    local done
    done, seen = predicate()
    return done
  end
  if not vim.wait(90000, check, 20) then
    error(("waited in vain for %s; last seen: %s"):format(what, vim.inspect(seen)), 2)
  end
end

---@param got any
---@param want any
---@param what? string
function M.equal(got, want, what)
  if not vim.deep_equal(got, want) then
    error(("%s: got %s, want %s"):format(what or "values differ", vim.inspect(got), vim.inspect(want)), 2)
  end
end

---@param text string
---@param part string
function M.contains(text, part)
  if not text:find(part, 1, true) then
    error(("no %q in:\n%s"):format(part, text), 2)
  end
end

---Waits for the answer to a request.
---@param client vim.lsp.Client
---@param method string
---@param parameters table
---@return any
function M.ask(client, method, parameters)
  local answered, result
  require("tallyho.client").ask(client, method, parameters, function(answer)
    answered, result = true, answer
  end)
  vim.wait(90000, function()
    return answered
  end, 5)
  return result
end

---What is said while a function runs, and until the predicate is true of it.
---@param run fun()
---@param enough? fun(said: string): boolean
---@return string
function M.said(run, enough)
  local said, notify = "", vim.notify
  vim.notify = function(text)
    said = said .. text .. "\n"
  end
  run()
  if enough then
    vim.wait(90000, function()
      return enough(said)
    end, 5)
  end
  vim.notify = notify
  return said
end

---Opens a file that has these lines.
---@param name string In the work folder.
---@param lines string[]
---@return string path
function M.open(name, lines)
  local path = vim.fs.joinpath(vim.env.TALLYHO_WORK, name)
  vim.fn.mkdir(vim.fs.dirname(path), "p")
  vim.fn.writefile(lines, path)
  vim.cmd.edit({ vim.fn.fnameescape(path), bang = true })
  return path
end

---Runs the tests and ends Neovim.
---@param tests table<string, fun()>
function M.run(tests)
  local names = vim.tbl_keys(tests)
  table.sort(names)
  local failed = 0
  for _, name in ipairs(names) do
    local ok, problem = xpcall(tests[name], debug.traceback)
    failed = failed + (ok and 0 or 1)
    io.stdout:write(("%s %s%s\n"):format(ok and "ok" or "FAIL", name, ok and "" or "\n" .. problem))
  end
  io.stdout:flush()
  vim.cmd(failed == 0 and "qa!" or "cquit 1")
end

return M
