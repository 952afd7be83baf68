package console

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/tallyho-dev/tallyho/dap/wire"
)

// TestFollowedFlood: of a flood the newest records of each tracepoint are sent, and how
// many there were; a client that does not follow is sent none.
func TestFollowedFlood(t *testing.T) {
	for _, follows := range []bool{true, false} {
		s := newConsoleStage(NewTraceFile("", ""))
		if follows {
			s.take(item{kind: followItem})
		}
		s.clock = time.Unix(1000, 0)
		for n := range 1234 {
			r := logged(1, "/src/a.py", 3, fmt.Sprint("n=", n))
			s.takeRecord(&r)
		}
		r := logged(2, "/src/a.py", 4, "other")
		s.takeRecord(&r)
		got := map[int]string{}
		for _, m := range s.finish(t).messages {
			if m["event"] != wire.RecordsEvent {
				continue
			}
			raw, _ := json.Marshal(m["body"])
			var body recordsBody
			if err := json.Unmarshal(raw, &body); err != nil {
				t.Fatal(err)
			}
			got[body.Number] += fmt.Sprintf("%d of %d, %s to %s", len(body.Records), body.Total, body.Records[0].Text, body.Records[len(body.Records)-1].Text)
		}
		want := map[int]string{}
		if follows {
			want = map[int]string{1: "100 of 1234, n=1134 to n=1233", 2: "1 of 1, other to other"}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("follows %v: sent\n%v, want\n%v", follows, got, want)
		}
	}
}
