--- What is shown of a run that has ended: signs, lines that never ran, samples, the summary, the statusline.

local h = dofile(vim.env.TALLYHO_TESTS .. "/harness.lua")
local tests = {}

local program = {
  "def f(n):",
  "    if n > 5:",
  "        return 0",
  "    return n * 2",
  "",
  "",
  "def never():",
  "    return 1",
  "",
  "",
  "for i in range(3):",
  "    f(i)",
}

---Runs the program, and waits until the server says that it has ended.
---@param path string
local function run(path)
  local function newest()
    return require("tallyho.runs").state.runs[1] or {}
  end
  local before = newest().session
  local result = vim
    .system({ vim.env.TALLYHO_BIN, "run", "--python", vim.env.TALLYHO_PYTHON, path }, { cwd = vim.env.TALLYHO_WORK, text = true })
    :wait()
  h.equal(result.code, 0, result.stderr)
  h.wait("the run", function()
    return newest().session ~= before and newest().state == "ended", newest()
  end)
end

---Opens the program as it ran, with everything drawn.
local function prepare()
  vim.cmd("silent! only")
  program[11] = "for i in range(3):"
  require("tallyho").setup({ path = vim.env.TALLYHO_BIN, dap = false, root_markers = { ".root" }, signs = { show = true } })
  vim.fn.writefile({}, vim.env.TALLYHO_WORK .. "/.root")
  local path = h.open("viewed.py", program)
  h.wait("the language server", function()
    return #vim.lsp.get_clients({ name = "tallyho", bufnr = 0 }) == 1
  end)
  run(path)
  return path
end

---@return table<integer, string> what stands in the sign column, by line
local function signs()
  local found = {}
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, require("tallyho.signs").namespace, 0, -1, { details = true })) do
    found[mark[2] + 1] = mark[4].sign_hl_group
  end
  return found
end

function tests.signs_show_heat_and_what_never_ran()
  prepare()
  h.wait("signs", function()
    local found = signs()
    return found[3] == "TallyhoNeverSign" and found[8] == "TallyhoNeverSign" and found[11] == "TallyhoHeat4" and found[7] ~= nil,
      found
  end)
  vim.cmd("Tallyho hints")
  h.equal(signs(), {}, "signs go with the hints")
  vim.cmd("Tallyho hints")
  h.wait("signs again", function()
    return signs()[3] ~= nil
  end)
  vim.cmd("Tallyho signs")
  h.equal(signs(), {})
  vim.cmd("Tallyho signs")
end

function tests.one_goes_from_hole_to_hole()
  prepare()
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  for _, step in ipairs({ { "]t", 3 }, { "]t", 8 }, { "]t", 3 }, { "[t", 8 }, { "[t", 3 } }) do
    vim.cmd("normal " .. step[1])
    h.wait(("%s to line %d"):format(step[1], step[2]), function()
      local line = vim.api.nvim_win_get_cursor(0)[1]
      return line == step[2], line
    end)
  end
  vim.cmd("Tallyho never")
  h.wait("the list", function()
    return #vim.fn.getqflist() == 2, vim.fn.getqflist()
  end)
  local list = vim.fn.getqflist()
  h.equal({ list[1].lnum, list[1].text, list[2].lnum }, { 3, "return 0", 8 })
  vim.cmd("cclose")
  vim.fn.setqflist({})
  vim.cmd("Tallyho never all")
  h.wait("the list of all files", function()
    return #vim.fn.getqflist() == 2
  end)
  vim.cmd("cclose")
end

---@return string
local function floating()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= "" then
      return table.concat(vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false), "\n")
    end
  end
  return ""
end

function tests.samples_float_at_the_line()
  prepare()
  vim.api.nvim_win_set_cursor(0, { 4, 6 })
  vim.cmd("Tallyho values")
  h.wait("the samples", function()
    return floating() ~= "", floating()
  end)
  h.equal(floating(), "return n * 2  ×3\nhit  n  →\n1    0  0\n2    1  2\n3    2  4")
  vim.cmd("fclose!")
  vim.api.nvim_win_set_cursor(0, { 5, 0 })
  h.contains(
    h.said(function()
      vim.cmd("Tallyho values")
    end, function(said)
      return said ~= ""
    end),
    "nothing that ran begins on this line"
  )
end

function tests.the_statusline_says_what_ran()
  prepare()
  h.contains(require("tallyho").statusline(), "viewed.py: ended")
  require("tallyho.runs").state.text = "100% done"
  h.contains(require("tallyho").statusline(), "100%% done")
end

function tests.the_summary_has_a_line_for_each_file()
  local path = prepare()
  vim.cmd("Tallyho summary")
  h.wait("the summary", function()
    return vim.bo.filetype == "tallyhosummary"
  end)
  local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  h.contains(table.concat(lines, "\n"), " 75%      2  ")
  h.contains(lines[4], "viewed.py")
  vim.api.nvim_win_set_cursor(0, { 4, 0 })
  vim.cmd("normal \r")
  h.equal(vim.api.nvim_buf_get_name(0), path)
end

function tests.runs_are_chosen_compared_and_written()
  local path = prepare()
  program[11] = "for i in range(8):"
  vim.fn.writefile(program, path)
  run(path)
  local select, asked = vim.ui.select, nil
  vim.ui.select = function(items, options, done)
    asked = vim.tbl_map(options.format_item, items)
    done(items[1])
  end
  vim.cmd("Tallyho compare")
  h.wait("the comparison", function()
    return vim.bo.filetype == "markdown", asked
  end)
  h.contains(table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n"), "| 3 | `return 0` | 0 | 2 |")
  vim.cmd("close")
  -- The annotations have both runs, until that is ended.
  local function compared()
    for _, one in ipairs(require("tallyho.runs").state.runs) do
      if one.compared then
        return true
      end
    end
    return false
  end
  h.wait("both runs at the lines", compared)
  vim.cmd("Tallyho compare off")
  h.wait("one run at the lines", function()
    return not compared()
  end)
  vim.cmd("Tallyho runs")
  h.contains(asked[1], "the newest run of each file")
  h.contains(asked[2], "viewed.py: ended")
  vim.ui.select = select
  local said = h.said(function()
    vim.cmd("Tallyho page")
  end, function(text)
    return text:find("written to", 1, true) ~= nil
  end)
  h.contains(said, "viewed.html")
  h.contains(vim.fn.readfile("viewed.html")[1], "<!doctype html>")
end

function tests.what_was_cleared_comes_back_with_the_next_run()
  local path = prepare()
  local hints = require("tallyho.hints")
  vim.cmd("Tallyho clear")
  h.equal(hints.is_shown(0), false)
  run(path)
  h.wait("the hints to come back", function()
    return hints.is_shown(0)
  end)
end

h.run(tests)
