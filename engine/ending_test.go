//go:build !windows

package engine

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/engine/tracepoint"
	"github.com/tallyho-dev/tallyho/internal/gone"
	"github.com/tallyho-dev/tallyho/internal/testkit"
)

func TestAProgramIsEnded(t *testing.T) {
	testkit.Long(t)
	for name, row := range map[string]struct {
		code  string
		end   func(*Session) error
		want  Exit
		grace time.Duration
	}{
		"terminated":           {"import time\nprint('up')\ntry:\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    raise SystemExit(7)", (*Session).Terminate, Exit{Code: 7}, patience},
		"terminated, stubborn": {"import time, signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nprint('up')\ntime.sleep(600)", (*Session).Terminate, Exit{Code: 137, Signal: "SIGKILL"}, 0},
		"killed":               {"import time\nprint('up')\ntime.sleep(600)", (*Session).Kill, Exit{Code: 137, Signal: "SIGKILL"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, h := begin(t, Config{Code: row.code, Grace: row.grace})
			if err := s.Go(); err != nil {
				t.Fatal(err)
			}
			testkit.Eventually(t, "output", func() bool { return h.stdout() == "up\n" })
			if err := row.end(s); err != nil {
				t.Fatal(err)
			}
			if exit := finish(t, s); exit != row.want {
				t.Errorf("got %+v, want %+v", exit, row.want)
			}
			if gone.Alive(h.pid) {
				t.Error("the process is still there")
			}
		})
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	s, _ := begin(t, Config{Code: "pass"})
	dir := s.listener.Dir()
	if _, err := os.Stat(filepath.Join(dir, "link.sock")); err != nil {
		t.Fatal(err)
	}
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	finish(t, s)
	left, err := filepath.Glob(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "*", "*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left in the runtime directory: %q (%v)", left, err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s: %v", dir, err)
	}
	if _, err := s.Replace("x", nil); err != ErrEnded {
		t.Errorf("Replace after the end: %v", err)
	}
	if err := s.Go(); err != ErrEnded {
		t.Errorf("Go after the end: %v", err)
	}
}

func TestARecordOfAKilledProgramSurvives(t *testing.T) {
	s, h := begin(t, Config{
		Code:        "import os, signal\ndef f(i):\n    pass\nfor i in range(500):\n    f(i)\nos.kill(os.getpid(), signal.SIGKILL)",
		Tracepoints: map[string][]tracepoint.Spec{"me": {{Query: "function='f', kind='call'"}}},
	})
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	if exit := finish(t, s); exit != (Exit{Code: 137, Signal: "SIGKILL"}) {
		t.Errorf("exit %+v", exit)
	}
	if h.count(1) != 500 {
		t.Errorf("%d records of 500", h.count(1))
	}
}

func TestADetachedProgramRunsOn(t *testing.T) {
	path, stop := loops(t)
	s, h := begin(t, Config{Program: path, Tracepoints: map[string][]tracepoint.Spec{"me": {{Function: "price"}}}})
	if err := s.Go(); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "records", func() bool { return h.count(1) > 0 })
	if err := s.Detach(); err != nil {
		t.Fatal(err)
	}
	finish(t, s)
	if !gone.Alive(h.pid) {
		t.Error("the program has ended")
	}
	touch(t, stop)
	<-s.process.Done()
	if code, _ := s.process.Exit(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
