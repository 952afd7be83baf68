std = "luajit"
globals = { "vim" } -- Neovim's; plugins set fields of it
max_line_length = 140
cache = false
self = false
