--- Has neotest run its tests under Tallyho.

local M = {}

---The interpreter's command line for neotest-python's option `python`: tests run under Tallyho, and their lines are annotated.
---@param python? string The interpreter; default: as `tallyho run` finds it.
---@return string[]
function M.python(python)
  local binary = require("tallyho").binary() or "tallyho"
  local command = { binary, "run" }
  if python then
    vim.list_extend(command, { "--python", python })
  end
  -- What neotest runs is a script of its own, which is nothing to look at.
  return vim.list_extend(command, { "--exclude", "**/neotest-python/**" })
end

return M
