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
  if not vim.wait(30000, check, 20) then
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
