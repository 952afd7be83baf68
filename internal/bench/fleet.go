package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// fleetBound is how many times its own time a program may take that is in a fleet and is
// asked nothing.
const fleetBound = 1.01

// inFleet compares the processor's time of a loop by itself with that of one in a program
// that an agent knows of, each time one after the other.
func (e *environment) inFleet(w io.Writer, rounds int) (missed int, err error) {
	env, stop, err := e.agent()
	if err != nil {
		return 0, err
	}
	defer stop()
	bare, member := math.Inf(1), math.Inf(1)
	for range closeRounds * rounds {
		for _, v := range []struct {
			best *float64
			args []string
		}{{&bare, nil}, {&member, []string{"listen"}}} {
			cmd := exec.Command(e.python.Path, append([]string{filepath.Join(e.dir, "programs", "fleet.py")}, v.args...)...)
			cmd.Env = env
			out, err := cmd.Output()
			if err != nil {
				return 0, err
			}
			took, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
			if err != nil {
				return 0, err
			}
			*v.best = min(*v.best, took)
		}
	}
	ratio, note := member/bare, ""
	if ratio > fleetBound {
		missed, note = 1, fmt.Sprintf("MISSED %.2f", fleetBound)
	}
	fmt.Fprintf(w, "  listens, and an agent knows it\t%.3f ×\t%s\t\n", ratio, note)
	return missed, nil
}

// agent starts a hub and an agent, and returns the environment in which programs are
// found by it.
func (e *environment) agent() (env []string, stop func(), err error) {
	packages := filepath.Join(e.dir, "package")
	if out, err := exec.Command("sh", filepath.Join("scripts", "package"), "--no-wheel", packages).CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("scripts/package: %w: %s", err, lastLine(string(out)))
	}
	runtime := filepath.Join(e.dir, "runtime")
	if err := os.MkdirAll(runtime, 0o700); err != nil {
		return nil, nil, err
	}
	env = append(os.Environ(), "XDG_RUNTIME_DIR="+runtime, "PYTHONPATH="+packages)
	var started []*exec.Cmd
	stop = func() {
		for _, cmd := range started {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
	hub := exec.Command(e.tallyho, "hub")
	hub.Env = env
	out, err := hub.StdoutPipe()
	if err == nil {
		err = hub.Start()
	}
	if err != nil {
		return nil, nil, err
	}
	started = append(started, hub)
	var at struct {
		URL       string `json:"url"`
		TokenFile string `json:"token_file"`
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &at)
	}
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("the hub says %q: %w", line, err)
	}
	agent := exec.Command(e.tallyho, "agent", "--connect", at.URL, "--token-file", at.TokenFile, "--audit", os.DevNull)
	agent.Env = env
	if err := agent.Start(); err != nil {
		stop()
		return nil, nil, err
	}
	started = append(started, agent)
	return env, stop, nil
}
