package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// innerCapital is a word that is a name in Go, and none in English.
var innerCapital = regexp.MustCompile(`^[a-z]+[A-Z]\w*$`)

// TestCommentsTellOfWhatTheyStandAt: a package says what it is for, whatever is exported has a comment, and a comment
// that begins with a name has that of what is below it: code is renamed and moved, and its comment has to come along.
func TestCommentsTellOfWhatTheyStandAt(t *testing.T) {
	files := 0
	for name, p := range house(t) {
		declared, told := map[string]bool{}, false
		var trees []*ast.File
		var paths []string
		for _, file := range p.GoFiles {
			tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				continue // the compiler says it better
			}
			files++
			told = told || tree.Doc != nil
			trees, paths = append(trees, tree), append(paths, name+"/"+file)
			for _, one := range documented(tree) {
				declared[one.name] = true
			}
		}
		if len(trees) > 0 && !told {
			t.Errorf("%s: no file says what the package is for", name)
		}
		for i, tree := range trees {
			for _, one := range documented(tree) {
				switch first := firstWord(one.doc); {
				case one.doc == nil && one.exported:
					t.Errorf("%s: %s has no comment", paths[i], one.name)
				case first == one.name || first == "":
				case declared[first] && !ast.IsExported(first), strings.EqualFold(first, one.name), innerCapital.MatchString(first):
					t.Errorf("%s: the comment of %s is about %s", paths[i], one.name, first)
				}
			}
		}
	}
	if files < 300 {
		t.Errorf("only %d files found", files)
	}
}

// doc is a function or a type, and the comment that stands at it.
type doc struct {
	name     string
	doc      *ast.CommentGroup
	exported bool
}

// documented are the functions and types of a file. Methods of types that are not exported need no comment, nor does one
// whose name says it all to whoever knows Go.
func documented(tree *ast.File) []doc {
	var all []doc
	for _, d := range tree.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			exported := d.Name.IsExported()
			if d.Recv != nil {
				exported = exported && ast.IsExported(receiver(d.Recv.List[0].Type))
			}
			all = append(all, doc{d.Name.Name, d.Doc, exported && d.Name.Name != "Error" && d.Name.Name != "String"})
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if one, ok := spec.(*ast.TypeSpec); ok {
					comment := one.Doc
					if comment == nil {
						comment = d.Doc // of all that stand between the brackets
					}
					all = append(all, doc{one.Name.Name, comment, one.Name.IsExported()})
				}
			}
		}
	}
	return all
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// firstWord is the first word of a comment, "" where it is none that could be a name.
func firstWord(c *ast.CommentGroup) string {
	word, _, _ := strings.Cut(strings.TrimSpace(c.Text()), " ")
	word = strings.TrimRight(word, ",:;.")
	if !token.IsIdentifier(word) {
		return ""
	}
	return word
}
