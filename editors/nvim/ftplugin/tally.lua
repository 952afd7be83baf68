vim.bo.commentstring = "# %s"
vim.bo.comments = ":#"
vim.bo.expandtab = true
vim.bo.shiftwidth = 4
-- An indented line goes on with the one before.
vim.bo.autoindent = true
vim.b.undo_ftplugin = "setlocal commentstring< comments< expandtab< shiftwidth< autoindent<"
