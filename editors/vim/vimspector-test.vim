" Stops a program in Vim with vimspector, README.md's configuration in its folder, and says what vimspector shows then.
"
"   vim --not-a-term -u VIMRC -S vimspector-test.vim FILE      with $SAID, the file to write

set columns=160 lines=60
let s:looks = 0

func s:Shown(name)
  let buffers = filter(getbufinfo(), {_, one -> one.name =~# a:name})
  return empty(buffers) ? [] : getbufline(buffers[0].bufnr, 1, '$')
endfunc

func s:Look(timer)
  let s:looks += 1
  let shown = s:Shown('vimspector.Variables') + s:Shown('vimspector.StackTrace')
  if s:looks > 1200 || match(shown, 'total') >= 0 && match(shown, 'shop.py:3') >= 0
    call writefile(shown + [execute('messages')], $SAID)
    call timer_stop(a:timer)
    call vimspector#Reset(#{interactive: v:false})
    call timer_start(200, function('s:Leave'), #{repeat: -1})
  endif
endfunc

" The program is to be gone before Vim is.
func s:Leave(timer)
  let s:looks += 1
  if s:looks > 2400 || !py3eval('bool( _vimspector_session and _vimspector_session.Connection() )')
    qa!
  endif
endfunc

call vimspector#SetLineBreakpoint(expand('%:p'), 3)
call vimspector#LaunchWithSettings(#{configuration: 'this file'})
call timer_start(200, function('s:Look'), #{repeat: -1})
