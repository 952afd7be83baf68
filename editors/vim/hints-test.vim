" Says each line of the screen once hints stand there, or after four minutes: README.md's configuration with yegappan/lsp.
"
"   vim --not-a-term -u VIMRC -S hints-test.vim FILE      with $SAID, the file to write

set updatetime=100 columns=100
let s:looks = 0

func s:Screen(row)
  return trim(join(map(range(1, &columns), {_, column -> screenstring(a:row, column)}), ''))
endfunc

func s:Look(timer)
  let s:looks += 1
  if exists('#LspInlayHints#CursorHold')
    doautocmd <nomodeline> LspInlayHints CursorHold
  endif
  redraw
  let screen = map(range(1, line('$')), {_, row -> s:Screen(row)})
  if s:looks > 1200 || match(screen, '×') >= 0
    call writefile(screen + [execute('messages')], $SAID)
    qa!
  endif
endfunc

call timer_start(200, function('s:Look'), #{repeat: -1})
