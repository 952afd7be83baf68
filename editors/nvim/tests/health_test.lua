--- :checkhealth tallyho, with and without the binary, and the help page.

local h = dofile(vim.env.TALLYHO_TESTS .. "/harness.lua")
local tests = {}

---@param options tallyho.Options
---@return string
local function report(options)
  require("tallyho").setup(vim.tbl_extend("error", { dap = false, lsp = false }, options))
  vim.cmd("checkhealth tallyho")
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
end

function tests.binary_and_its_version_are_shown()
  local text = report({ path = vim.env.TALLYHO_BIN })
  h.contains(text, "OK Neovim")
  h.contains(text, "OK " .. vim.env.TALLYHO_BIN .. ": ")
  h.contains(text, "is Python 3.")
end

function tests.missing_binary_is_an_error()
  h.contains(report({ path = "/nowhere/tallyho" }), 'ERROR the option path names "/nowhere/tallyho"')
end

function tests.help_has_its_tags()
  local tags = vim.env.TALLYHO_DOC .. "/tags"
  local kept = vim.fn.readfile(tags)
  vim.cmd("helptags " .. vim.fn.fnameescape(vim.env.TALLYHO_DOC))
  h.equal(kept, vim.fn.readfile(tags), "doc/tags is not what :helptags makes")
  vim.opt.runtimepath:append(vim.fs.dirname(vim.env.TALLYHO_DOC))
  vim.cmd("help :TallyhoTrace")
  h.contains(vim.api.nvim_get_current_line(), "*:TallyhoTrace*")
end

function tests.help_has_all_there_is()
  local help = table.concat(vim.fn.readfile(vim.env.TALLYHO_DOC .. "/tallyho.txt"), "\n")
  for name in pairs(require("tallyho.command").subcommands) do
    h.contains(help, ("*:Tallyho-%s*"):format(name))
  end
  for name in pairs(require("tallyho.highlight").links) do
    h.contains(help, ("*hl-%s*"):format(name))
  end
  for name, value in pairs(require("tallyho")) do
    if type(value) == "function" and name ~= "binary" and name ~= "need_binary" then
      h.contains(help, ("*tallyho.%s()*"):format(name))
    end
  end
  for _, map in ipairs(vim.api.nvim_get_keymap("n")) do
    if map.lhs:find("^<Plug>%(tallyho") then
      h.contains(help, "*" .. map.lhs .. "*")
    end
  end
  for name in pairs(require("tallyho").options) do
    h.contains(help, "  " .. name .. " = ")
  end
end

h.run(tests)
