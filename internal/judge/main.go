package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	python := flag.String("python", "python3", "the interpreter, with the packages of the programs")
	list := flag.Bool("list", false, "show each hint that does not inform")
	var binaries []string
	flag.Func("binary", "a tallyho; several are compared (default bin/tallyho)", func(at string) error {
		binaries = append(binaries, at)
		return nil
	})
	flag.Parse()
	if len(binaries) == 0 {
		binaries = []string{filepath.Join("bin", "tallyho")}
	}
	programs := flag.Args()
	if len(programs) == 0 {
		programs, _ = filepath.Glob(filepath.Join("internal", "judge", "programs", "*.py"))
	}
	for _, binary := range binaries {
		fmt.Println(binary)
		var all verdicts
		for _, program := range programs {
			one, err := judge(binary, *python, program)
			if err != nil {
				fmt.Fprintf(os.Stderr, "%s: %v\n", program, err)
				os.Exit(1)
			}
			fmt.Printf("  %-16s %s\n", filepath.Base(program), one)
			if *list {
				fmt.Print(one.details())
			}
			all = append(all, one...)
		}
		fmt.Printf("  %-16s %s\n", "all", all)
	}
}

// verdicts are what was found of the hints of a file.
type verdicts []verdict

func (v verdicts) String() string {
	count := map[kind]int{}
	for _, one := range v {
		count[one.kind]++
	}
	parts := []string{fmt.Sprintf("%4d hints", len(v))}
	for _, k := range []kind{informs, opaque, empty, cut} {
		parts = append(parts, fmt.Sprintf("%4d %s (%.1f %%)", count[k], k, 100*float64(count[k])/float64(max(len(v), 1))))
	}
	return strings.Join(parts, "  ")
}

func (v verdicts) details() string {
	var b strings.Builder
	for _, one := range v {
		if one.kind != informs {
			fmt.Fprintf(&b, "    %s, line %d: %s  %s\n", one.kind, one.line, strings.TrimSpace(one.source), one.hint)
		}
	}
	return b.String()
}
