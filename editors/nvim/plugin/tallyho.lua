if vim.g.loaded_tallyho then
  return
end
vim.g.loaded_tallyho = true

vim.api.nvim_create_user_command("Tallyho", function(command)
  require("tallyho.command").execute(command)
end, {
  nargs = "*",
  desc = "Run, trace and ask Python programs",
  complete = function(word, line, position)
    return require("tallyho.command").complete(word, line, position)
  end,
})

vim.api.nvim_create_user_command("TallyhoRun", function(command)
  require("tallyho.run").run(command.fargs)
end, { nargs = "*", complete = "file", desc = "Run this Python file under Tallyho in a terminal" })

vim.api.nvim_create_user_command("TallyhoTrace", function(command)
  require("tallyho.dap").trace(command.args)
end, { nargs = "*", desc = "Debug this Python file under Tallyho, with an optional query" })

vim.api.nvim_create_user_command("TallyhoHints", function()
  require("tallyho.hints").toggle()
end, { desc = "Show or hide the annotations of this buffer" })

local plugs = {
  ["trace-line"] = { "tallyho.trace", "line" },
  ["trace-function"] = { "tallyho.trace", "function" },
  ["trace-name"] = { "tallyho.trace", "name" },
  ["test"] = { "tallyho.run", "test" },
  ["repeat"] = { "tallyho.run", "again" },
  ["values"] = { "tallyho.values", "show" },
  ["history"] = { "tallyho.history", "show" },
  ["hints"] = { "tallyho.hints", "toggle" },
  ["never-next"] = { "tallyho.never", "jump", true },
  ["never-previous"] = { "tallyho.never", "jump", false },
}
for name, call in pairs(plugs) do
  vim.keymap.set("n", ("<Plug>(tallyho-%s)"):format(name), function()
    require(call[1])[call[2]](call[3])
  end, { desc = "Tallyho: " .. name })
end
