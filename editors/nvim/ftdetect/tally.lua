vim.filetype.add({ extension = { tally = "tally" } })
