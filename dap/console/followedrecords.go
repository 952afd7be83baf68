package console

import (
	"time"

	"github.com/tallyho-dev/tallyho/dap/wire"
	"github.com/tallyho-dev/tallyho/engine/render"
)

// FollowPause is the shortest time between two events of one kind.
const FollowPause = 500 * time.Millisecond

// maxFollowed is how many records of one tracepoint an event brings: the newest.
const maxFollowed = 100

// followedRecords are records that wait to be sent to a client that follows
// tracepoints. The console goroutine owns it.
type followedRecords struct {
	on      bool
	sent    time.Time
	waiting map[int]*recordsBody // by the engine's number
	order   []int
}

type recordsBody struct {
	Number  int           `json:"number"`
	Records []traceRecord `json:"records"` // oldest first
	Total   uint64        `json:"total"`   // of this event, with those that were too many to send
}

func (f *followedRecords) add(r *render.Record, text []byte) {
	if !f.on {
		return
	}
	if f.waiting == nil {
		f.waiting = map[int]*recordsBody{}
	}
	body := f.waiting[r.Tracepoint]
	if body == nil {
		body = &recordsBody{Number: r.Tracepoint}
		f.waiting[r.Tracepoint] = body
		f.order = append(f.order, r.Tracepoint)
	}
	body.Total++
	if len(body.Records) == 2*maxFollowed { // moved now and then, not each time
		body.Records = append(body.Records[:0], body.Records[maxFollowed:]...)
	}
	body.Records = append(body.Records, traceRecordOf(r, []byte(withoutColors(string(text)))))
}

func (f *followedRecords) due(now time.Time) bool {
	return len(f.order) > 0 && now.Sub(f.sent) >= FollowPause
}

// flushFollowed sends what waits. What a slow client has no room for waits on, unless it
// is the last that there is to say.
func (c *Console) flushFollowed(last bool) {
	f := &c.followed
	f.sent = c.now()
	for len(f.order) > 0 {
		body := *f.waiting[f.order[0]]
		body.Records = body.Records[max(0, len(body.Records)-maxFollowed):]
		e := &wire.OwnEvent{Event: wire.Event(wire.RecordsEvent), Body: body}
		if last {
			c.out.SendBulk(e)
		} else if !c.out.TryBulk(e) {
			return
		}
		delete(f.waiting, f.order[0])
		f.order = f.order[1:]
	}
}

// Follow has records sent as events of their own besides being shown.
func (c *Console) Follow() { c.offer(item{kind: followItem}) }
