package store_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mortise/runtime/store"
)

func openInvocations(t testing.TB, file string) *store.Invocations {
	t.Helper()
	s, err := store.OpenInvocations(t.Context(), store.Options{File: file})
	if err != nil {
		t.Fatalf("OpenInvocations(%q): %v", file, err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func ids(t *testing.T, s *store.Invocations, f store.InvocationFilter) string {
	t.Helper()
	list, more, err := s.List(t.Context(), f)
	if err != nil {
		t.Fatalf("List(%+v): %v", f, err)
	}
	var names []string
	for _, v := range list {
		names = append(names, v.ID)
	}
	if more {
		names = append(names, "…")
	}
	return strings.Join(names, " ")
}

func TestInvocations(t *testing.T) {
	file := filepath.Join(t.TempDir(), "invocations.db")
	s := openInvocations(t, file)
	at := time.Date(2026, 3, 1, 12, 0, 0, 5, time.UTC)
	for i, v := range []store.Invocation{
		{Service: "users.Get", Text: "name=Mike", Answer: `{"type":"RGV"}`, OK: true, Status: 200, CID: "abc", Size: 14, Detail: []byte("whole")},
		{Service: "users.Get", Text: "name=100%", Answer: "{}"},
		{Service: "orders.New", Text: "", Answer: "wrong_name"},
	} {
		v.ID, v.At, v.Took = fmt.Sprint(i), at, time.Duration(i)*time.Millisecond
		if err := s.Add(t.Context(), v); err != nil {
			t.Fatalf("Add(%d): %v", i, err)
		}
	}
	for _, tt := range []struct {
		filter store.InvocationFilter
		want   string
	}{
		{store.InvocationFilter{}, "2 1 0"},
		{store.InvocationFilter{Service: "users.Get"}, "1 0"},
		{store.InvocationFilter{Search: "mike"}, "0"},
		{store.InvocationFilter{OK: true}, "0"},
		{store.InvocationFilter{Search: "rgv"}, "0"},
		{store.InvocationFilter{Search: "%"}, "1"},
		{store.InvocationFilter{Search: "g_n"}, "2"},
		{store.InvocationFilter{Limit: 2}, "2 1 …"},
		{store.InvocationFilter{Before: "2", Limit: 2}, "1 0"},
		{store.InvocationFilter{Before: "gone"}, ""},
		{store.InvocationFilter{Search: `\`}, ""},
	} {
		if got := ids(t, s, tt.filter); got != tt.want {
			t.Errorf("List(%+v) = %q, want %q", tt.filter, got, tt.want)
		}
	}
	got, found, err := s.Get(t.Context(), "0")
	if err != nil || !found || got.Text != "name=Mike" || string(got.Detail) != "whole" || !got.At.Equal(at) || !got.OK || got.Status != 200 {
		t.Errorf("Get(0) = %+v, %v, %v", got, found, err)
	}
	if _, found, err := s.Get(t.Context(), "none"); found || err != nil {
		t.Errorf("Get(none) = %v, %v; want false", found, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openInvocations(t, file)
	if err := s.Forget(t.Context(), "users.Get"); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, s, store.InvocationFilter{}); got != "2" {
		t.Errorf("after Forget and opening it again List = %q, want 2", got)
	}
	if err := s.Forget(t.Context(), "users.Get", "none"); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, s, store.InvocationFilter{}); got != "2" {
		t.Errorf("after Forget of an unknown ID List = %q, want 2", got)
	}
	if err := s.Forget(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, s, store.InvocationFilter{}); got != "" {
		t.Errorf("after Forget of all List = %q, want none", got)
	}
}

func TestInvocationsAreBounded(t *testing.T) {
	s := openInvocations(t, filepath.Join(t.TempDir(), "invocations.db"))
	for i := range store.MaxInvocations + 5 {
		v := store.Invocation{ID: fmt.Sprint(i), Service: "a.B"}
		if i == 0 {
			v.Service = "other.One"
		}
		if i == store.MaxInvocations {
			v.Text = strings.Repeat("ä", store.MaxText)
		}
		if err := s.Add(t.Context(), v); err != nil {
			t.Fatalf("Add(%d): %v", i, err)
		}
	}
	list, more, err := s.List(t.Context(), store.InvocationFilter{Service: "a.B", Limit: 5000})
	if err != nil || len(list) != store.MaxInvocations || more {
		t.Fatalf("List = %d invocations, %v, %v; want %d", len(list), more, err, store.MaxInvocations)
	}
	if got := len(list[4].Text); got > store.MaxText || got < store.MaxText-4 {
		t.Errorf("a text of %d bytes was stored with %d, want %d", 2*store.MaxText, got, store.MaxText)
	}
	if got := ids(t, s, store.InvocationFilter{Service: "other.One"}); got != "0" {
		t.Errorf("the history of another service is %q, want 0", got)
	}
}

func BenchmarkAddInvocation(b *testing.B) {
	s := openInvocations(b, filepath.Join(b.TempDir(), "invocations.db"))
	v := store.Invocation{Service: "a.B", Text: "name=Mike", Answer: strings.Repeat("x", 200), Detail: make([]byte, 4<<10)}
	for i := 0; b.Loop(); i++ {
		v.ID = fmt.Sprint(i)
		if err := s.Add(context.Background(), v); err != nil {
			b.Fatal(err)
		}
	}
}
