package service

import (
	"time"

	"mortise/runtime/fault"
)

// Value is one setting of the project. A setting that is not there, or that is
// of another type, keeps an error until it is asked for with Err.
type Value struct {
	path   string
	answer *Answer
}

// Err returns why the setting could not be read, or nil.
func (v *Value) Err() error { return v.answer.Err() }

// Has reports whether the setting is there.
func (v *Value) Has() bool { return v.answer.Err() == nil }

// Text returns the setting as text.
func (v *Value) Text() string { return v.answer.Text("") }

// Int returns the setting as a whole number.
func (v *Value) Int() int64 { return v.answer.Int("") }

// Float returns the setting as a number.
func (v *Value) Float() float64 { return v.answer.Float("") }

// Bool returns the setting as a boolean.
func (v *Value) Bool() bool { return v.answer.Bool("") }

// Duration returns the setting as a time span, written as "90s" or "1h30m".
func (v *Value) Duration() time.Duration {
	s := v.answer.Text("")
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil && v.answer.err == nil {
		v.answer.err = fault.New(fault.Internal, "config.type", "setting %q is %q, not a time span such as 90s", v.path, s)
	}
	return d
}

// Into reads the setting into what target points to.
func (v *Value) Into(target any) error { return v.answer.Into(target) }
