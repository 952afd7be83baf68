--- What is registered with nvim-dap, by a table that stands in for it.

local h = dofile(vim.env.TALLYHO_TESTS .. "/harness.lua")
local tests = {}

---@return table
local function fresh()
  local dap = { adapters = {}, configurations = { python = { { type = "python", name = "theirs" } } } }
  dap.run = function(configuration)
    dap.ran = configuration
  end
  package.loaded.dap = dap
  package.loaded.tallyho = nil
  package.loaded["tallyho.dap"] = nil
  return dap
end

function tests.adapter_starts_the_binary()
  local dap = fresh()
  require("tallyho").setup({ path = vim.v.progpath, lsp = false })
  local got
  dap.adapters.tallyho(function(adapter)
    got = adapter
  end)
  h.equal(got, { type = "executable", command = vim.fn.exepath(vim.v.progpath), args = { "dap" } })
end

function tests.configurations_are_added_once_and_keep_others()
  local dap = fresh()
  require("tallyho").setup({ lsp = false })
  local first = #dap.configurations.python
  require("tallyho").setup({ lsp = false })
  h.equal(#dap.configurations.python, first)
  h.equal(dap.configurations.python[1].name, "theirs")
  h.equal(dap.configurations.python[2].program, "${file}")
  h.equal(dap.configurations.python[first].request, "attach")
end

function tests.missing_binary_is_said_and_nothing_starts()
  local dap = fresh()
  require("tallyho").setup({ path = "/nowhere/tallyho", lsp = false })
  local said
  local notify = vim.notify
  vim.notify = function(text)
    said = text
  end
  dap.adapters.tallyho(function()
    error("an adapter was started")
  end)
  vim.notify = notify
  h.contains(said, "/nowhere/tallyho")
end

function tests.trace_command_carries_the_query()
  local dap = fresh()
  require("tallyho").setup({ lsp = false })
  vim.cmd.edit("/tmp/a b.py")
  vim.cmd("TallyhoTrace Q(function='price', lineno=3)")
  h.equal(dap.ran.trace, { "Q(function='price', lineno=3)" })
  h.equal(dap.ran.program, "/tmp/a b.py")
end

function tests.without_nvim_dap_setup_is_silent_and_trace_says_so()
  fresh()
  package.loaded.dap = nil
  require("tallyho").setup({ lsp = false })
  local said
  local notify = vim.notify
  vim.notify = function(text)
    said = text
  end
  require("tallyho.dap").trace()
  vim.notify = notify
  h.contains(said, "needs nvim-dap")
end

h.run(tests)
