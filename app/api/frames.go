package api

import (
	"encoding/json"

	"mortise/runtime/fault"
)

// Limits on what pages send and get.
const (
	maxFrame   = 8 << 20  // bytes of a frame from a page
	maxCalls   = 64       // calls that run at a time
	maxWaiting = 1_024    // calls that wait for that, or for an earlier one
	maxQueued  = 32 << 20 // bytes that wait for a slow page before more is made for it
	maxStreams = 16       // channels that a page has open
	maxLines   = 2_000    // lines of the log that wait for a slow page
	maxBatch   = 500      // lines of the log in one event
	maxChanged = 1_000    // names of changed files that wait for a slow page
)

// frameIn is what a page sends.
type frameIn struct {
	Type    string          `json:"t"` // "call", "cancel", "channel", "watch"
	ID      int64           `json:"id"`
	Method  string          `json:"m"`
	Params  json.RawMessage `json:"p"`
	Channel string          `json:"c"`
	Text    string          `json:"d"`
	Events  []string        `json:"events"`
}

// resultFrame is the answer to a call.
type resultFrame struct {
	Type   string          `json:"t"`
	ID     int64           `json:"id"`
	Result json.RawMessage `json:"r,omitempty"`
	Error  *Failure        `json:"e,omitempty"`
}

// Failure is what went wrong with a call: never empty.
type Failure struct {
	Faults fault.List `json:"faults"`
}

func eventFrame(name string, data any) ([]byte, error) {
	raw, err := marshal(data)
	if err != nil {
		return nil, err
	}
	return json.Marshal(struct {
		Type string          `json:"t"`
		Name string          `json:"n"`
		Data json.RawMessage `json:"d"`
	}{"event", name, raw})
}

func channelFrame(name, text string) ([]byte, error) {
	return json.Marshal(struct {
		Type    string `json:"t"`
		Channel string `json:"c"`
		Data    string `json:"d"`
	}{"channel", name, text})
}

// answer returns the frame that answers a call.
func answer(id int64, result any, err error) []byte {
	f := resultFrame{Type: "result", ID: id}
	if err == nil {
		f.Result, err = marshal(result)
	}
	if err != nil {
		f.Result, f.Error = nil, &Failure{fault.All(err).Whole()}
	}
	frame, err := json.Marshal(f)
	if err != nil { // a JSON text inside of the result is none
		f.Result, f.Error = nil, &Failure{fault.List{fault.Wrap(fault.Internal, "studio.answer", err, "write the answer")}.Whole()}
		frame, _ = json.Marshal(f) // it holds nothing but texts
	}
	return frame
}
