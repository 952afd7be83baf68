package mcp

import (
	"context"
	"strings"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/tallyho-dev/tallyho/engine/report"
)

// recipe is a prompt: a way to an answer in few calls. {name} stands for an argument.
type recipe struct {
	name, title, description, text string
	arguments                      []*sdk.PromptArgument
}

// recipes are the questions that people bring to a debugger, each answered with the
// tools of this server and without an edit of the program. Numbered steps, for models
// follow those.
var recipes = []recipe{
	{"wrong-value", "Where does a value become wrong?", "Find the statement at which a value stops being what it should be.",
		`Find where {value} becomes wrong when {program} runs.
1. run the program once.
2. annotate the function that shows the wrong value, and look at the values at its lines.
3. Follow the name back: values of the line that assigned it; if its inputs are wrong already, annotate the function that made them.
4. Name the first statement whose inputs are right and whose result is wrong, with both.
Do not edit the program, and do not add prints: a query such as function="name", action=VarsPrinter("a", "b") shows more where samples are not enough.`,
		[]*sdk.PromptArgument{{Name: "program", Description: "what to run", Required: true}, {Name: "value", Description: "the name or output that is wrong", Required: true}}},
	{"not-reached", "Why is this line not reached?", "Find the test that turns away from a line.",
		`Find out why line {line} of {file} is not reached when {program} runs.
1. run the program once.
2. why for that file and line tells which test turned away, with its last values.
3. values of that test shows all of them; follow the names in it back to where they were assigned.
4. Say which value would have led there, and where it comes from.`,
		[]*sdk.PromptArgument{{Name: "program", Description: "what to run", Required: true}, {Name: "file", Required: true}, {Name: "line", Required: true}}},
	{"explain-test", "What does this test do?", "Follow a test through the code that it runs.",
		`Explain what the test {test} does.
1. run it with pytest={test}.
2. annotate the test's file, then the functions of the project that it ran most statements of.
3. Tell in order what it prepares, what it calls with which values, and what it checks; name the lines that it never reaches in those functions.`,
		[]*sdk.PromptArgument{{Name: "test", Description: "a pytest node", Required: true}}},
}

// addPrompts offers the recipes. An argument that was not given stands as "the name", so
// that the text is whole: a client may show a prompt before anybody has filled it in.
func addPrompts(to *sdk.Server) {
	for _, r := range recipes {
		to.AddPrompt(&sdk.Prompt{Name: r.name, Title: r.title, Description: r.description, Arguments: r.arguments},
			func(_ context.Context, request *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
				text := r.text
				for _, a := range r.arguments {
					text = strings.ReplaceAll(text, "{"+a.Name+"}", orElse(report.Clean(request.Params.Arguments[a.Name]), "the "+a.Name))
				}
				return &sdk.GetPromptResult{Description: r.description,
					Messages: []*sdk.PromptMessage{{Role: "user", Content: &sdk.TextContent{Text: text}}}}, nil
			})
	}
}
