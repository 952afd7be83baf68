--- :Tallyho, its completion, and the files of queries.

local h = dofile(vim.env.TALLYHO_TESTS .. "/harness.lua")
local tests = {}

local function completions(line)
  return vim.fn.getcompletion(line, "cmdline")
end

function tests.subcommands_are_completed()
  local all = completions("Tallyho ")
  for _, name in ipairs({
    "run",
    "trace",
    "test",
    "query",
    "runs",
    "values",
    "history",
    "dump",
    "clear",
    "compare",
    "never",
    "summary",
    "page",
    "repeat",
  }) do
    h.equal(vim.tbl_contains(all, name), true, name)
  end
  h.equal(completions("Tallyho ru"), { "run", "runs" })
  h.equal(completions("Tallyho trace l")[1], "line")
  vim.fn.writefile({}, vim.env.TALLYHO_WORK .. "/one.txt")
  h.equal(completions("Tallyho run on"), { "one.txt" })
end

function tests.an_unknown_subcommand_is_named()
  h.contains(
    h.said(function()
      vim.cmd("Tallyho dance")
    end),
    "there is no :Tallyho dance; there are clear,"
  )
end

function tests.queries_are_completed_and_checked()
  require("tallyho").setup({ path = vim.env.TALLYHO_BIN, dap = false, lsp = true })
  h.open("q.py", { "x = 1" })
  h.wait("the language server", function()
    return #vim.lsp.get_clients({ name = "tallyho", bufnr = 0 }) == 1
  end)
  h.wait("a completion", function()
    local found = completions("Tallyho query functio")
    return vim.tbl_contains(found, "function") or vim.tbl_contains(found, "function="), found
  end)
  local said = h.said(function()
    vim.cmd("Tallyho query functio='f'")
  end, function(text)
    return text ~= ""
  end)
  h.contains(said, "functio")
  h.equal(require("tallyho.run").queries, {})
end

function tests.files_of_queries_are_whole()
  vim.cmd("filetype plugin on | syntax on")
  h.open("a.tally", { "# a comment", "function='f',", "    action=CallPrinter" })
  h.equal(vim.bo.filetype, "tally")
  h.equal(vim.bo.commentstring, "# %s")
  local function group(line, column)
    return vim.fn.synIDattr(vim.fn.synID(line, column, 1), "name")
  end
  h.equal(
    { group(1, 3), group(2, 1), group(2, 11), group(3, 12) },
    { "tallyComment", "tallyField", "tallyString", "tallyAction" }
  )
end

function tests.every_mapping_has_a_function()
  for name in pairs(require("tallyho").options.mappings) do
    h.equal(vim.fn.maparg(("<Plug>(tallyho-%s)"):format(name), "n") ~= "", true, name)
  end
end

function tests.highlight_groups_are_linked()
  require("tallyho").setup({ dap = false, lsp = false })
  for name, link in pairs(require("tallyho.highlight").links) do
    h.equal(vim.api.nvim_get_hl(0, { name = name }).link, link, name)
  end
  vim.api.nvim_set_hl(0, "TallyhoValue", { link = "String" })
  require("tallyho.highlight").setup()
  h.equal(vim.api.nvim_get_hl(0, { name = "TallyhoValue" }).link, "String", "the person's own")
end

h.run(tests)
