package link

import "encoding/json"

// Request is what the bridge can be asked for while the program runs or stands
// still; docs/wire.md, "Asking", says what each means and what it is answered with.
// References (frames, values, sources, targets) are the process's own numbers.
type Request interface{ what() string }

// Ask is a Request that wants a Reply.
type Ask struct {
	ID      int
	Request Request
}

// MarshalJSON writes what is asked for beside its arguments.
func (a Ask) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ID        int    `json:"id"`
		What      string `json:"what"`
		Arguments any    `json:"arguments"`
	}{a.ID, a.Request.what(), a.Request})
}

// Name is what a Request is called, for a message about it.
func Name(r Request) string { return r.what() }

// AskThreads asks for []ThreadTold.
type AskThreads struct{}

// AskStack asks for a StackTold.
type AskStack struct {
	Thread     uint32 `json:"thread"`
	Start      int    `json:"start"`  // the innermost frame is 0
	Levels     int    `json:"levels"` // 0: all the rest
	Parameters bool   `json:"parameters"`
	Hex        bool   `json:"hex"`
}

// AskScopes asks for []Scope.
type AskScopes struct {
	Frame int `json:"frame"`
}

// AskVariables asks for []Variable.
type AskVariables struct {
	Ref    int    `json:"ref"`
	Filter string `json:"filter"` // "indexed", "named", "": both
	Start  int    `json:"start"`
	Count  int    `json:"count"` // 0: all
	Hex    bool   `json:"hex"`
}

// AskPlace asks for a SourcePlace.
type AskPlace struct {
	Ref int `json:"ref"`
}

// AskEvaluate asks for a Variable.
type AskEvaluate struct {
	Expression string  `json:"expression"`
	Frame      int     `json:"frame"`   // 0: the globals of the program's main module
	Context    string  `json:"context"` // "watch", "repl", "hover", "clipboard", "variables"
	Hex        bool    `json:"hex"`
	Timeout    float64 `json:"timeout"` // seconds
	Others     bool    `json:"others"`  // the threads that stand still for the stop run meanwhile
	Raw        bool    `json:"raw"`     // a str as it is; Frame may be a variable's
}

// AskSetVariable asks for the Variable that it has become.
type AskSetVariable struct {
	Ref   int    `json:"ref"`
	Name  string `json:"name"`
	Value string `json:"value"` // an expression
	Hex   bool   `json:"hex"`
}

// AskSetExpression asks for the Variable that it has become.
type AskSetExpression struct {
	Frame      int    `json:"frame"`
	Expression string `json:"expression"`
	Value      string `json:"value"`
	Hex        bool   `json:"hex"`
}

// AskException asks for an ExceptionInfo.
type AskException struct {
	Thread uint32 `json:"thread"`
}

// AskCompletions asks for []Completion.
type AskCompletions struct {
	Frame  int    `json:"frame"`
	Text   string `json:"text"`
	Column int    `json:"column"` // characters, from 0
}

// AskLines asks where breakpoints may lie: [][]int of line, column, end line and
// end column, the last ones perhaps left out.
type AskLines struct {
	Path  string `json:"path"` // real
	First int    `json:"first"`
	Last  int    `json:"last"`
}

// AskModules asks for Modules.
type AskModules struct {
	Start int `json:"start"`
	Count int `json:"count"` // 0: all
}

// AskSources asks for []LoadedSource.
type AskSources struct{}

// AskSource asks for a SourceTold.
type AskSource struct {
	Ref int `json:"ref"`
}

// AskStepTargets asks for []Target.
type AskStepTargets struct {
	Frame int `json:"frame"`
}

// AskGotoTargets asks for []Target.
type AskGotoTargets struct {
	Path string `json:"path"` // real
	Line int    `json:"line"`
}

// AskResume asks for a Resuming.
type AskResume struct {
	Thread      uint32 `json:"thread"`
	How         string `json:"how"` // "continue", "next", "in", "out", "goto"
	All         bool   `json:"all"`
	Target      int    `json:"target"`
	Granularity string `json:"granularity"`
}

// AskPause is answered with nothing; Stopped follows.
type AskPause struct {
	Thread uint32 `json:"thread"` // 0: every thread
}

// AskDataInfo asks for a DataTold: of a child of a reference, or of an expression
// in a frame.
type AskDataInfo struct {
	Ref        int    `json:"ref"`
	Frame      int    `json:"frame"`
	Name       string `json:"name"`
	Expression string `json:"expression"`
}

// AskNames asks for Names.
type AskNames struct{}

func (AskThreads) what() string       { return "threads" }
func (AskStack) what() string         { return "stack" }
func (AskScopes) what() string        { return "scopes" }
func (AskVariables) what() string     { return "variables" }
func (AskPlace) what() string         { return "place" }
func (AskEvaluate) what() string      { return "evaluate" }
func (AskSetVariable) what() string   { return "set_variable" }
func (AskSetExpression) what() string { return "set_expression" }
func (AskException) what() string     { return "exception" }
func (AskCompletions) what() string   { return "completions" }
func (AskLines) what() string         { return "lines" }
func (AskModules) what() string       { return "modules" }
func (AskSources) what() string       { return "sources" }
func (AskSource) what() string        { return "source" }
func (AskStepTargets) what() string   { return "step_targets" }
func (AskGotoTargets) what() string   { return "goto_targets" }
func (AskResume) what() string        { return "resume" }
func (AskPause) what() string         { return "pause" }
func (AskDataInfo) what() string      { return "data_info" }
func (AskNames) what() string         { return "names" }
