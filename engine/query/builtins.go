package query

// builtinTypes are Python's builtins that are classes, which other builtins are
// not; the difference shows in the texts hunter prints.
var builtinTypes = nameSet(`bool bytearray bytes classmethod complex dict enumerate filter float frozenset int list map
	memoryview object property range reversed set slice staticmethod str super tuple type zip`)

// builtinFunctions are the names every Python program can call. They may stand
// for a predicate, an action or a repr_func.
var builtinFunctions = nameSet(`abs all any ascii bin breakpoint callable chr compile delattr dir divmod eval exec format
	getattr globals hasattr hash help hex id input isinstance issubclass iter len locals max min next oct open ord pow print
	repr round setattr sorted sum vars __import__`)

// nameSet is the set of the names in a text, whatever stands between them.
func nameSet(text string) map[string]bool {
	out := map[string]bool{}
	start := -1
	for i := 0; i <= len(text); i++ {
		if i < len(text) && isNameByte(text[i]) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			out[text[start:i]] = true
			start = -1
		}
	}
	return out
}
