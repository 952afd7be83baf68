package tally

import (
	"slices"
	"strings"
	"unicode"
)

// steps is a pipeline by the names of what it does, one after the other:
// StandardScaler→LogisticRegression fit, and Scaler→LogReg fit where that is too long.
// An estimator alone has one step.
func (w formWriter) steps(f *form, room int) string {
	names := []string{f.text}
	switch {
	case f.isPipeline():
		names = nil
		for _, item := range f.items {
			names = append(names, item.value.text)
		}
	// Not an estimator: it never said whether it was fit.
	case f.after == "":
		return ""
	}
	arrow := "→"
	if w.ascii {
		arrow = "->"
	}
	for _, shorter := range []func(string) string{func(name string) string { return name }, abbreviated} {
		words := make([]string, len(names))
		for i, name := range names {
			words[i] = shorter(name)
		}
		if text := tame(strings.Join(words, arrow), false) + f.after; width(text) <= room {
			return text
		}
	}
	return ""
}

// isPipeline reports an estimator that is made of others.
func (f *form) isPipeline() bool {
	return !f.more && f.after != "" && len(f.items) > 0 && strings.HasSuffix(f.text, "Pipeline") &&
		!slices.ContainsFunc(f.items, func(item entry) bool { return item.key != "" || item.value.kind != formCall })
}

// shortWords are the words in the names of estimators that are known by less.
var shortWords = map[string]string{
	"Standard": "", "Regression": "Reg", "Regressor": "Reg", "Classifier": "Clf", "Logistic": "Log", "Linear": "Lin", "Transformer": "Trf",
	"Encoder": "Enc", "Vectorizer": "Vec", "Random": "R", "Forest": "F", "Gradient": "Grad", "Neighbors": "NN", "Decision": "D",
}

// abbreviated is a name by the beginnings of its words.
func abbreviated(name string) string {
	var b strings.Builder
	from := 0
	// A capital letter ends the word before it; the one appended ends the last.
	for i, r := range name + "A" {
		if i == 0 || !unicode.IsUpper(r) {
			continue
		}
		word := name[from:i]
		from = i
		if short, ok := shortWords[word]; ok {
			word = short
		}
		b.WriteString(word)
	}
	return b.String()
}
