package cmd

import (
	"strings"

	"github.com/spf13/pflag"
)

// target is the program of a command line and what belongs to it.
type target struct {
	program, module, code string   // one of them is set; program may be "-" until readProgram has read it
	args                  []string // the program's own, from sys.argv[1] on
	fromStdin             bool     // code was standard input
	interpreter           []string // its options, from after "--"
}

// splitTarget finds where our own flags end: at the program, at -m or at -c.
// Everything after that belongs to the program, as with python itself.
// To know that, it has to know which of our flags take a value: in -q X shop.py the program is shop.py.
func splitTarget(flags *pflag.FlagSet, args []string) (own []string, t target, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return splitPython(own, args[i+1:])
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			t.program, t.args = arg, args[i+1:]
			return own, t, nil
		case arg == "--module" || arg == "--code" || isShort(arg, 'm') || isShort(arg, 'c'):
			return splitText(own, args, i)
		}
		own = append(own, arg)
		if takesNext(flags, arg) && i+1 < len(args) {
			i++
			own = append(own, args[i])
		}
	}
	return own, t, nil
}

// pythonLetters are the interpreter's options without a value.
const pythonLetters = "bBdEIOPqRsSuvx"

// splitPython reads what stands after "--": options of the interpreter, then the
// program, -m or -c.
// CPython's own list (Modules/getopt.c): whatever begins otherwise is the program.
func splitPython(own, args []string) ([]string, target, error) {
	var interpreter []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case isShort(arg, 'm') || isShort(arg, 'c'):
			own, t, err := splitText(own, args, i)
			t.interpreter = interpreter
			return own, t, err
		case arg == "-X" || arg == "-W" || arg == "--check-hash-based-pycs":
			interpreter = append(interpreter, args[i:min(i+2, len(args))]...)
			i++
		case isShort(arg, 'X') || isShort(arg, 'W') || len(arg) > 1 && arg[0] == '-' && strings.Trim(arg[1:], pythonLetters) == "":
			interpreter = append(interpreter, arg)
		default:
			return own, target{program: arg, args: args[i+1:], interpreter: interpreter}, nil
		}
	}
	return own, target{interpreter: interpreter}, nil
}

// isShort reports -x, with or without its value.
func isShort(arg string, letter byte) bool {
	return len(arg) >= 2 && arg[0] == '-' && arg[1] == letter
}

// splitText reads -m module, -mmodule and the same with -c.
func splitText(own, args []string, i int) ([]string, target, error) {
	var t target
	text, rest := "", args[i+1:]
	if !strings.HasPrefix(args[i], "--") && len(args[i]) > 2 {
		text = args[i][2:]
	} else if len(rest) > 0 {
		text, rest = rest[0], rest[1:]
	}
	isModule := args[i] == "--module" || isShort(args[i], 'm')
	if text == "" {
		what := "-c needs the code to run"
		if isModule {
			what = "-m needs the name of a module"
		}
		return own, t, usageError("%s", what)
	}
	if isModule {
		t.module = text
	} else {
		t.code = text
	}
	t.args = rest
	return own, t, nil
}

// takesNext reports whether a flag's value is the next argument.
// In a group of short flags (-Wq) only the last can take the next argument: what stands
// behind a flag with a value is its value, as with getopt.
func takesNext(flags *pflag.FlagSet, arg string) bool {
	if strings.Contains(arg, "=") {
		return false
	}
	if name, long := strings.CutPrefix(arg, "--"); long {
		f := flags.Lookup(name)
		return f != nil && f.NoOptDefVal == ""
	}
	for i := 1; i < len(arg); i++ {
		f := flags.ShorthandLookup(arg[i : i+1])
		if f == nil {
			return false
		}
		if f.NoOptDefVal == "" {
			return i == len(arg)-1 // else the rest of arg is the value
		}
	}
	return false
}
