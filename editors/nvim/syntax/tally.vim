" Queries: one on a line, an indented line goes on, # begins a comment.
if exists("b:current_syntax")
  finish
endif

syntax match tallyComment "^\s*#.*$" contains=@Spell
syntax region tallyString start=+[rbuf]\{,2}\z(["']\)+ skip=+\\\\\|\\\z1+ end=+\z1+ oneline
syntax match tallyNumber "\<\d\+\(\.\d\+\)\?\>"
syntax keyword tallyConstant True False None
syntax keyword tallyOperator and or not in And Or Not From
syntax keyword tallyFunction Q Query When
syntax match tallyAction "\<\(Call\|Code\|Vars\|Stack\)Printer\>\|\<\(VarsSnooper\|ErrorSnooper\|Debugger\|Manhole\|Stop\|Log\|Silenced\|Backlog\|Event\)\>"
syntax match tallyField "\<\h\w*\ze\s*=[^=]"

highlight default link tallyComment Comment
highlight default link tallyString String
highlight default link tallyNumber Number
highlight default link tallyConstant Constant
highlight default link tallyOperator Keyword
highlight default link tallyFunction Function
highlight default link tallyAction Type
highlight default link tallyField Identifier

let b:current_syntax = "tally"
