package api

import (
	"time"

	"mortise/runtime/fault"
)

func invokeMethods() []Method {
	return []Method{
		on("invoke.run", (*Studio).Invoke),
		on("invoke.convert", (*Studio).Convert),
		on("invoke.copy", (*Studio).CopyAs),
		on("invoke.history", (*Studio).InvokeHistory),
		on("invoke.show", (*Studio).ShowInvocation),
		on("invoke.forget", (*Studio).ForgetInvocations),
		on("requests.list", (*Studio).ListRequests),
		on("requests.write", (*Studio).WriteRequest),
		on("requests.delete", (*Studio).DeleteRequest),
		on("channels.call", (*Studio).CallChannel),
	}
}

// Invocation runs a service. Text is name=value pairs or JSON; which of them is
// seen by its first letter: { [ " digits, true, false and null begin JSON.
type Invocation struct {
	Service string        `json:"service"`
	Text    string        `json:"text,omitempty"`
	Timeout time.Duration `json:"timeout,omitempty"` // nanoseconds; 0 is the project's
}

// Invoked is what came of it. It is kept in the history of the service.
type Invoked struct {
	ID      string        `json:"id"`
	Service string        `json:"service"`
	Text    string        `json:"text"` // what was asked
	At      time.Time     `json:"at"`
	Took    time.Duration `json:"took"` // nanoseconds
	CID     string        `json:"cid,omitempty"`
	OK      bool          `json:"ok"`
	Status  int           `json:"status"`           // that an HTTP caller would get
	Output  string        `json:"output,omitempty"` // JSON that it returned, as a text: pages cannot read long numbers and orders of members otherwise
	Media   string        `json:"media,omitempty"`  // of Body
	Body    string        `json:"body,omitempty"`   // text that it set instead, at most 1 MB of it
	Binary  bool          `json:"binary,omitempty"` // Body is base64
	Headers [][2]string   `json:"headers,omitempty"`
	Cut     bool          `json:"cut,omitempty"` // Body is only the beginning of the answer
	Size    int           `json:"size"`          // bytes of the whole answer
	Faults  fault.List    `json:"faults,omitempty"`
	Lines   []LogLine     `json:"lines,omitempty"` // of just this call
	Stale   bool          `json:"stale,omitempty"` // what was saved last is not live; an older version answered
	Shown   bool          `json:"shown,omitempty"` // it was cut for the history
}

// Converted is the same input in both forms.
type Converted struct {
	JSON   string     `json:"json"`  // pretty
	Pairs  string     `json:"pairs"` // one a line; "" where it cannot be said so
	Faults fault.List `json:"faults,omitempty"`
}

// CopyRequest asks for a text to paste elsewhere.
type CopyRequest struct {
	Service string `json:"service"`
	Text    string `json:"text,omitempty"`
	As      string `json:"as"`                // "curl", "pairs", "json" or "command"
	Channel string `json:"channel,omitempty"` // for curl; "" is the first of the service
}

// Copied is that text.
type Copied struct {
	Text string `json:"text"`
	Note string `json:"note,omitempty"` // such as that a key is to be filled in
}

// HistoryQuery asks for earlier invocations.
type HistoryQuery struct {
	Service string `json:"service,omitempty"` // "" is all
	Search  string `json:"search,omitempty"`  // in what was asked and answered
	Limit   int    `json:"limit,omitempty"`   // 0 is 100, at most 1,000
	Before  string `json:"before,omitempty"`  // the id after which to go on
}

// Forget says which invocations to delete from the history: those of IDs, else all
// of the service, else all.
type Forget struct {
	Service string   `json:"service,omitempty"`
	IDs     []string `json:"ids,omitempty"`
}

// HistoryList is earlier invocations, newest first, without Lines and Output.
type HistoryList struct {
	Invocations []Invoked `json:"invocations"`
	More        bool      `json:"more,omitempty"`
}

// InvocationID names one of them.
type InvocationID struct {
	ID string `json:"id"`
}

// Request is a saved invocation, the file requests/<name>.yaml.
type Request struct {
	Name    string `json:"name"`
	Service string `json:"service"`
	Text    string `json:"text,omitempty"`
	About   string `json:"about,omitempty"`
	File    string `json:"file,omitempty"`
}

// RequestList is the saved invocations, sorted by name.
type RequestList struct {
	Requests []Request  `json:"requests"`
	Faults   fault.List `json:"faults,omitempty"` // of files that cannot be read
}

// ChannelCall is a request such as a caller of a channel would send. The security
// of the channel is filled in from the local secrets.
type ChannelCall struct {
	Channel string      `json:"channel"`
	Method  string      `json:"method,omitempty"` // "" is the channel's first, or POST with a body and GET without
	Path    string      `json:"path,omitempty"`   // with its parameters filled in; "" is the channel's
	Query   string      `json:"query,omitempty"`
	Headers [][2]string `json:"headers,omitempty"`
	Body    string      `json:"body,omitempty"`
	NoKey   bool        `json:"no_key,omitempty"` // send no credentials
}
