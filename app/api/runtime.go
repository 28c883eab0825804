package api

import (
	"encoding/json"
	"time"

	"mortise/runtime/control"
	"mortise/runtime/fault"
)

func runtimeMethods() []Method {
	return []Method{
		on("runtime.deploy", (*Studio).Deploy),
		on("runtime.service", (*Studio).Service),
		on("runtime.ping", (*Studio).Ping),
		on("jobs.run", (*Studio).RunJob),
		on("jobs.runs", (*Studio).Runs),
		on("jobs.onetime", (*Studio).OneTime),
		on("jobs.cancel", (*Studio).CancelOneTime),
		on("letters.list", (*Studio).DeadLetters),
		on("letters.retry", (*Studio).RetryDeadLetter),
		on("letters.discard", (*Studio).DiscardDeadLetter),
		on("log.read", (*Studio).ReadLog),
	}
}

// Live is what runs, and what is wrong with what was saved last.
type Live struct {
	// Status is "stopped" without a project, and without a runtime, where Down says
	// why; "starting"; "deploying" while what was saved last is being made live;
	// "live"; or "failed": the version before answers, or none where State.Ready is
	// false.
	Status   string        `json:"status"`
	Since    time.Time     `json:"since,omitzero"`
	Took     time.Duration `json:"took"` // nanoseconds of the last deploy
	State    control.State `json:"state"`
	Problems []Problem     `json:"problems"`         // of what was saved last, errors first
	Down     *fault.Error  `json:"down,omitempty"`   // why there is no runtime at all: another process runs the project
	Notice   *fault.Error  `json:"notice,omitempty"` // what is unusual about it, such as another port than others have
}

// Problem is something that is wrong, or probably not meant.
type Problem struct {
	Severity string       `json:"severity"` // "error" or "warning"
	Fault    *fault.Error `json:"fault"`
}

// Name names an object.
type Name struct {
	Name string `json:"name"`
}

// RunID names a run.
type RunID struct {
	ID string `json:"id"`
}

// RunQuery asks for runs of jobs.
type RunQuery struct {
	Job   string `json:"job,omitempty"`   // "" is all
	Limit int    `json:"limit,omitempty"` // 0 is 50
}

// RunList is runs, newest first.
type RunList struct {
	Runs []control.Run `json:"runs"`
}

// OneTimeList is the one-time jobs that are to come.
type OneTimeList struct {
	Jobs []control.OneTime `json:"jobs"`
}

// DeadLetterList is the messages that were accepted and given up.
type DeadLetterList struct {
	Letters []control.DeadLetter `json:"letters"`
}

// DeadLetterID names one of them.
type DeadLetterID struct {
	Queue string `json:"queue"`
	ID    string `json:"id"`
}

// LogQuery asks for lines of the past.
type LogQuery struct {
	Lines int    `json:"lines,omitempty"` // 0 is 1,000; at most 2,000
	CID   string `json:"cid,omitempty"`   // only those of one correlation id
}

// LogBatch is lines of the log, oldest first.
type LogBatch struct {
	Lines []LogLine `json:"lines"`
	Lost  int       `json:"lost,omitempty"` // how many before them were left out, because the page was too slow
}

// LogLine is one line.
type LogLine struct {
	Time  time.Time       `json:"time"`
	Level string          `json:"level"` // "DEBUG", "INFO", "WARN", "ERROR"
	Msg   string          `json:"msg"`
	CID   string          `json:"cid,omitempty"`
	Attrs json.RawMessage `json:"attrs,omitempty"` // an object with the rest, in order
}
