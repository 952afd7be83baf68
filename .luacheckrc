std = "luajit"
globals = { "vim" } -- Neovim's; plugins set fields of it
max_line_length = 150
cache = false
self = false
