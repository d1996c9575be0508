" Colours of .flow files, for Vim and Neovim.

if exists("b:current_syntax")
  finish
endif

syntax include @flowShell syntax/sh.vim
unlet! b:current_syntax
syntax sync fromstart

syntax keyword flowStatement import next foreach in run
syntax keyword flowItem let profile flow param step join gather
syntax keyword flowBoolean true false
syntax keyword flowType string int float bool contained
syntax match flowTyped /\v:\s*(string|int|float|bool)>/ contains=flowType
syntax match flowStep /\v(<(step|join|gather)\s+)@<=\h\w*/
syntax match flowName /\v(<(flow|profile|let|param)\s+)@<=\h\w*/
syntax match flowTarget /\v(<next\s+|<next\s.*,\s*)@<=(foreach>)@!\h\w*/
syntax match flowAnnotation /@\h\w*/
syntax match flowOption /\v<\h\w*\ze\s*\=/
syntax match flowNumber /\v<-?\d[0-9_]*(\.\d+)?([eE][+-]?\d+)?([KMGT]iB)?>/
syntax match flowEscape /\v\\(["\\nrt$]|u\{\x{1,6}\})/ contained
syntax match flowInterpolation /\v\$\{\s*\h\w*\s*\}/ contained
syntax region flowString start=/"/ skip=/\\./ end=/"/ oneline contains=flowEscape,flowInterpolation
syntax region flowRaw start=/"""/ end=/"""/
" A script: the shell's own colours, up to the closing quotes whatever is open there.
syntax region flowScript matchgroup=flowString start=/\v(<run\s+)@<="""/ end=/"""/ keepend contains=@flowShell
syntax region flowScript matchgroup=flowString start=/\v(<run\s+)@<="("")@!/ skip=/\\./ end=/"/ oneline keepend contains=flowEscape,flowVariable
syntax match flowVariable /\v\$(\h\w*|\{[^}"]*\})/ contained
syntax match flowComment /#.*/ contains=@Spell
syntax match flowDoc /\v^\s*##(#)@!.*/ contains=@Spell

highlight default link flowStatement Keyword
highlight default link flowItem Keyword
highlight default link flowBoolean Boolean
highlight default link flowType Type
highlight default link flowStep Function
highlight default link flowTarget Function
highlight default link flowName Identifier
highlight default link flowAnnotation PreProc
highlight default link flowOption Identifier
highlight default link flowNumber Number
highlight default link flowEscape SpecialChar
highlight default link flowInterpolation Special
highlight default link flowVariable Identifier
highlight default link flowString String
highlight default link flowRaw String
highlight default link flowComment Comment
highlight default link flowDoc SpecialComment

let b:current_syntax = "flow"
