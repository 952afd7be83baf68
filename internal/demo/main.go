// Command demo shows Tallyho's main job on a program of examples/: it drives a
// real debug session as an editor does, prints what the debug console showed,
// and then the source with the hints that the language server answered.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	tallyho := flag.String("tallyho", "bin/tallyho", "the binary")
	flag.Parse()
	if err := demo(os.Stdout, *tallyho); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func demo(w io.Writer, tallyho string) error {
	tallyho, err := filepath.Abs(tallyho)
	if err != nil {
		return err
	}
	examples, err := filepath.Abs("examples")
	if err != nil {
		return err
	}
	pricing := filepath.Join(examples, "shop", "pricing.py")
	query := `module="shop.pricing", function="total", kind="return", action=VarsPrinter("amount", "coupon.code")`

	title(w, "The debug console of a run of examples/shop (tallyho dap)")
	fmt.Fprintln(w, "  trace   ", query)
	err = debug(w, tallyho, map[string]any{
		"program": filepath.Join(examples, "shop_main.py"),
		"args":    []string{"5", "0"},
		"cwd":     examples,
		"trace":   []string{query},
	}, []logpoint{
		{file: pricing, text: "total -=", message: "{item.name}: {total} less {coupon.percent} %", condition: "coupon is not None"},
	})
	if err != nil {
		return err
	}
	title(w, "examples/shop/pricing.py, as an editor shows it (tallyho lsp)")
	return annotate(w, tallyho, examples, pricing)
}

func title(w io.Writer, text string) {
	fmt.Fprintf(w, "\n── %s %s\n\n", text, strings.Repeat("─", max(4, 96-len(text))))
}

// lineOf is the number, from 1, of the first line of a file that holds text.
func lineOf(file, text string) (int, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for n, line := range strings.Split(string(data), "\n") {
		if strings.Contains(line, text) {
			return n + 1, nil
		}
	}
	return 0, fmt.Errorf("%s has no line with %q", file, text)
}
