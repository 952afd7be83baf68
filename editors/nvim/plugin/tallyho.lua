if vim.g.loaded_tallyho then
  return
end
vim.g.loaded_tallyho = true

vim.api.nvim_create_user_command("TallyhoRun", function(command)
  require("tallyho").run(command.fargs)
end, { nargs = "*", complete = "file", desc = "Run this Python file under Tallyho in a terminal" })

vim.api.nvim_create_user_command("TallyhoTrace", function(command)
  require("tallyho.dap").trace(command.args)
end, { nargs = "*", desc = "Debug this Python file under Tallyho, with an optional query" })

vim.api.nvim_create_user_command("TallyhoHints", function()
  require("tallyho.lsp").toggle_hints()
end, { desc = "Show or hide the annotations of this buffer" })
