package box

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
)

// TestFormat compares formats that are known at run time only with what fmt makes
// of them.
func TestFormat(t *testing.T) {
	r := NewRegistry()
	box := func(v any) any {
		switch reflect.TypeOf(v) {
		case reflect.TypeFor[level](), reflect.TypeFor[order](), reflect.TypeFor[[]level]():
			return Box(define(t, r, reflect.TypeOf(v)), v)
		case reflect.TypeFor[broken]():
			err, _ := v.(broken)
			return OfError(define(t, r, reflect.TypeFor[broken]()), err)
		}
		return v
	}
	for _, test := range []struct {
		format string
		args   []any
	}{
		{"%T|%v", []any{level(1), level(2)}},
		{"%[2]T %[1]v %[1]T", []any{level(1), []level{2}}},
		{"no verbs", []any{level(1), nil, 3, broken{2}}},
		{"%v", []any{level(1), level(2)}},
		{"%d %d", []any{level(1)}},
		{"%T %v %d", []any{level(1), 2}},
		{"%*d|%-*d|%.*f", []any{level(5), 3, level(4), 2, level(1), 2.25}},
		{"%[3]v %[9]T %T", []any{level(1), 2, 3}},
		{"%[x]T %[1]T", []any{level(1)}},
		{"%[2]*[1]d|%6.2[1]f", []any{level(3), 4}},
		{"%5T %-20T|", []any{level(4), order{}}},
		{"[%*T]", []any{level(4)}},
		{"%!", []any{level(3)}},
		{"100%% of %T%", []any{broken{3}}},
		{"%z %世 %T", []any{1, 2, level(3)}},
		{"%*T", []any{level(3)}},
		{"%v %s", []any{broken{3}, errors.New("plain")}},
	} {
		args := make([]any, len(test.args))
		for i, a := range test.args {
			args[i] = box(a)
		}
		if got, want := Sprintf(test.format, args...), fmt.Sprintf(test.format, test.args...); got != want {
			t.Errorf("Sprintf(%q) = %q, want %q", test.format, got, want)
		}
	}
	plain := []any{1, "a"}
	if format, args := Format("%T", plain...); format != "%T" || &args[0] != &plain[0] {
		t.Errorf("Format changed a format without boxes: %q, %v", format, args)
	}
	if err := Errorf("%T: %w", box(level(1)), fmt.Errorf("in: %w", errors.ErrUnsupported)); !errors.Is(err, errors.ErrUnsupported) || err.Error() != "box.level: in: unsupported operation" {
		t.Errorf("Errorf = %v, want an error that wraps another", err)
	}
}
