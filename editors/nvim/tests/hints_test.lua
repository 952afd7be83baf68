--- Hints at the ends of lines, on the screen, while a program runs.

local h = dofile(vim.env.TALLYHO_TESTS .. "/harness.lua")
local tests = {}

local program = [[
import os, sys, time


def double(n):
    answer = n * 2
    return answer


for n in range(3):
    double(n)
deadline = time.monotonic() + 300
while not os.path.exists(sys.argv[1]) and time.monotonic() < deadline:
    time.sleep(0.01)
for n in range(3, 5):
    double(n)
]]

---Returns what the screen shows on one row.
---@param row integer From 1.
---@return string
local function screen_row(row)
  vim.cmd("redraw!")
  local cells = {}
  for column = 1, vim.o.columns do
    cells[column] = vim.fn.screenstring(row, column)
  end
  return vim.trim(table.concat(cells))
end

---Waits until a row of the screen holds the code and, behind it, the text.
---@param row integer
---@param code string
---@param text string
local function wait_for_hint(row, code, text)
  h.wait(("%q behind line %d"):format(text, row), function()
    local shown = screen_row(row)
    local at = shown:find(text, 1, true)
    return shown:sub(1, #code) == code and at ~= nil and at > #code, shown
  end)
end

function tests.hints_follow_a_running_program()
  local folder = vim.env.TALLYHO_WORK
  local file, flag = folder .. "/prögram one.py", folder .. "/go on"
  vim.fn.writefile(vim.split(program, "\n"), file)
  require("tallyho").setup({ path = vim.env.TALLYHO_BIN, dap = false, root_markers = { ".root" } })
  vim.fn.writefile({}, folder .. "/.root")
  vim.cmd.edit(vim.fn.fnameescape(file))
  h.wait("the language server", function()
    return #vim.lsp.get_clients({ name = "tallyho", bufnr = 0 }) == 1
  end)

  local ended
  vim.system(
    { vim.env.TALLYHO_BIN, "run", "--python", vim.env.TALLYHO_PYTHON, file, flag },
    { cwd = folder, text = true },
    function(result)
      ended = result
    end
  )
  wait_for_hint(5, "answer = n * 2", "×3")
  h.equal(ended, nil, "the program ended before it was told to")
  wait_for_hint(5, "answer = n * 2", "answer=") -- values may come after the counts

  vim.fn.writefile({}, flag)
  wait_for_hint(5, "answer = n * 2", "×5")
  h.wait("the program's end", function()
    return ended ~= nil
  end)
  h.equal(ended.code, 0, ended.stderr)

  -- The hint moves with its line, and stays when the program is gone.
  vim.api.nvim_buf_set_lines(0, 0, 0, false, { "# one more line" })
  wait_for_hint(6, "answer = n * 2", "×5")

  -- Neovim's own switch, which is of all servers, neither doubles nor hides them.
  for _, on in ipairs({ true, false }) do
    vim.lsp.inlay_hint.enable(on, { bufnr = 0 })
    require("tallyho.hints").refresh(vim.api.nvim_get_current_buf())
    wait_for_hint(6, "answer = n * 2", "×5")
    h.equal(select(2, screen_row(6):gsub("×", "")), 1, "the hint stands there once")
  end
  local groups = {}
  for _, mark in
    ipairs(
      vim.api.nvim_buf_get_extmarks(0, vim.api.nvim_get_namespaces()["tallyho.hints"], { 5, 0 }, { 5, -1 }, { details = true })
    )
  do
    for _, chunk in ipairs(mark[4].virt_text) do
      groups[chunk[2] or ""] = chunk[1]
    end
  end
  h.contains(groups.TallyhoCount, "×5")
  h.contains(groups.TallyhoValue, "answer=")
  vim.cmd("TallyhoHints")
  h.wait("the hints to go", function()
    local shown = screen_row(6)
    return shown == "answer = n * 2", shown
  end)
end

local kernel = [[
import ast, linecache, sys

names = {}
with open(sys.argv[1]) as stream:
    cells = stream.read().split("# %%\n")[1:]
for number, cell in enumerate(cells):
    name = "/nowhere/ipykernel_1/%d.py" % number
    linecache.cache[name] = len(cell), None, cell.splitlines(True), name
    for node in ast.parse(cell).body:
        exec(compile(ast.Module([node], []), name, "exec"), names)
]]

function tests.cells_of_a_file_are_annotated_by_their_text()
  local folder = vim.env.TALLYHO_WORK .. "/cells"
  vim.fn.mkdir(folder, "p")
  vim.fn.writefile({}, folder .. "/.root")
  vim.fn.writefile(vim.split(kernel, "\n"), folder .. "/kernel.py")
  local lines = { "# %%", "total = 0", "for n in range(4):", "    total += n", "# %%", "if total > 5:", "    total = 5" }
  vim.fn.writefile(lines, folder .. "/study.py")
  require("tallyho").setup({ path = vim.env.TALLYHO_BIN, dap = false, root_markers = { ".root" } })
  vim.cmd.edit(folder .. "/study.py")
  h.wait("the language server", function()
    return #vim.lsp.get_clients({ name = "tallyho", bufnr = 0 }) == 1
  end)
  local result = vim
    .system({ vim.env.TALLYHO_BIN, "run", "--python", vim.env.TALLYHO_PYTHON, "kernel.py", "study.py" }, { cwd = folder, text = true })
    :wait(300000)
  h.equal(result.code, 0, result.stderr)
  local want = {
    "# %%",
    "total = 0   ×1",
    "for n in range(4):   ×5  n=0 … 3",
    "total += n   ×4  total=0 … 6",
    "# %%",
    "if total > 5:   ×1  total=6",
    "total = 5   ×1",
  }
  local shown
  h.wait("the cells' screen", function()
    shown = vim.tbl_map(screen_row, vim.fn.range(1, #lines))
    return vim.deep_equal(shown, want), shown
  end)
end

function tests.queries_in_launch_json_have_help()
  local folder = vim.env.TALLYHO_WORK .. "/json"
  vim.fn.mkdir(folder .. "/.vscode", "p")
  local text = '{"configurations": [{"type": "tallyho", "trace": ["Q("]}]}'
  vim.fn.writefile({ text }, folder .. "/.vscode/launch.json")
  vim.fn.writefile({ "{}" }, folder .. "/other.json")
  require("tallyho").setup({ path = vim.env.TALLYHO_BIN, dap = false, root_markers = { ".nowhere" } })
  vim.cmd("filetype on")
  vim.cmd.edit(folder .. "/other.json")
  h.equal(#vim.lsp.get_clients({ name = "tallyho", bufnr = 0 }), 0)
  vim.cmd.edit(folder .. "/.vscode/launch.json")
  h.wait("the language server", function()
    return #vim.lsp.get_clients({ name = "tallyho", bufnr = 0 }) == 1
  end)
  local client = vim.lsp.get_clients({ name = "tallyho", bufnr = 0 })[1]
  h.equal(client.root_dir, folder)
  local parameters =
    { textDocument = vim.lsp.util.make_text_document_params(), position = { line = 0, character = text:find("Q%(") + 1 } }
  h.wait("arguments of Q", function()
    local items = h.ask(client, "textDocument/completion", parameters)
    items = items and items.items or items or {}
    return items[1] ~= nil and items[1].label == "function", items
  end)
end

h.run(tests)
