package dap

import (
	"fmt"
	"time"

	"github.com/google/go-dap"

	"github.com/tallyho-dev/tallyho/dap/wire"
)

// slowStart is how long a start may take before the person is told of it.
const slowStart = time.Second

// progress is what the client shows of a start that takes long.
type progress struct {
	number int         // of the start
	shown  bool        // the client was told
	timer  *time.Timer // until it is
}

// id is what the client calls it; "" while nothing is shown.
func (p *progress) id() string {
	if !p.shown {
		return ""
	}
	return fmt.Sprintf("start-%d", p.number)
}

// startProgress shows a start if it takes long and the client can show it.
func (a *adapter) startProgress(m *wire.Message) {
	if !a.client.progress {
		return
	}
	a.progress.number++
	number := a.progress.number
	a.progress.timer = time.AfterFunc(slowStart, func() {
		a.post(func() {
			if a.progress.number != number || a.phase != launching {
				return
			}
			a.progress.shown = true
			a.out.Send(&dap.ProgressStartEvent{Event: wire.Event("progressStart"), Body: dap.ProgressStartEventBody{
				ProgressId: a.progress.id(), Title: a.startTitle(), RequestId: m.Seq, Cancellable: true}})
		})
	})
}

// startTitle is what the client shows while it waits.
func (a *adapter) startTitle() string {
	switch {
	case !a.attached():
		return "Starting Python"
	case a.settings.Attach.Listen != nil:
		return "Waiting for the program"
	}
	return "Attaching"
}

// endProgress takes back what is shown. The number goes on, so that a timer that has already
// fired finds another start and shows nothing.
func (a *adapter) endProgress() {
	if a.progress.timer != nil {
		a.progress.timer.Stop()
	}
	if a.progress.shown {
		a.out.Send(&dap.ProgressEndEvent{Event: wire.Event("progressEnd"), Body: dap.ProgressEndEventBody{ProgressId: a.progress.id()}})
		a.progress.shown = false
	}
	a.progress.number++
}
