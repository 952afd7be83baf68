package render

// The SGR codes hunter's colours are made of (its util.py).
const (
	sgrReset  = "\x1b[0m"
	sgrBright = "\x1b[1m"
	sgrNormal = "\x1b[22m"

	sgrBlack   = "\x1b[30m"
	sgrRed     = "\x1b[31m"
	sgrGreen   = "\x1b[32m"
	sgrYellow  = "\x1b[33m"
	sgrBlue    = "\x1b[34m"
	sgrMagenta = "\x1b[35m"
	sgrCyan    = "\x1b[36m"
	sgrWhite   = "\x1b[37m"
	sgrDefault = "\x1b[39m"

	sgrBackRed    = "\x1b[41m"
	sgrBackYellow = "\x1b[43m"
)

// palette names the codes by what they are for; every one is empty where
// colours are off, so that layouts are written once.
type palette struct {
	reset, normal string
	colon         string // ':' between file and line
	kind          string
	cont          string // "..." and " [...] "
	vars, varName string
	builtin       string
	failure       string // a repr or an expression that failed
	source        string // a source that is missing
	detail        string // what failed or is missing
	function      string // StackPrinter's own function, headings
	dashes        string
	yellow, red   string

	// by kind of event
	call map[Kind]string // CallPrinter's arrow
	code map[Kind]string // CodePrinter's text
}

var plain = palette{}

var colored = palette{
	reset:    sgrReset,
	normal:   sgrNormal,
	colon:    sgrBright + sgrBlack,
	kind:     sgrCyan,
	cont:     sgrBright + sgrBlack,
	vars:     sgrBright + sgrMagenta,
	varName:  sgrNormal + sgrMagenta,
	builtin:  sgrNormal + sgrMagenta,
	failure:  sgrBright + sgrBackRed + sgrRed,
	source:   sgrBright + sgrBackYellow + sgrYellow,
	detail:   sgrWhite,
	function: sgrBright + sgrBlue,
	dashes:   sgrBright + sgrBlack,
	yellow:   sgrYellow,
	red:      sgrRed,
	call: map[Kind]string{
		Call:      sgrBright + sgrBlue,
		Return:    sgrBright + sgrGreen,
		Exception: sgrBright + sgrRed,
	},
	code: map[Kind]string{
		Call:      sgrDefault + sgrBright,
		Line:      sgrDefault,
		Return:    sgrYellow,
		Exception: sgrRed,
	},
}
