package api

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"strings"

	"mortise/runtime/fault"
	"mortise/runtime/store"
)

// remember puts an invocation into the history. That it cannot be kept is no reason
// not to show it.
func (o *opened) remember(ctx context.Context, v Invoked) {
	ctx = context.WithoutCancel(ctx) // it was made, whether somebody still waits for it or not
	asked, err := o.invocations(ctx)
	if err == nil {
		var kept store.Invocation
		if kept, err = o.kept(v); err == nil {
			err = asked.Add(ctx, kept)
		}
	}
	if err != nil {
		o.log.Logger().LogAttrs(ctx, slog.LevelWarn, "an invocation is missing in the history", slog.String("service", v.Service), slog.String("error", err.Error()))
	}
}

// kept is an invocation as the history has it: cut, and without the secrets of the
// project but for those that a person typed.
func (o *opened) kept(v Invoked) (store.Invocation, error) {
	whole := v
	v.Text, v.Output, v.Body = store.Cut(v.Text), store.Cut(o.log.Hide(v.Output)), store.Cut(o.log.Hide(v.Body))
	v.Shown = len(v.Text)+len(v.Output)+len(v.Body) < len(whole.Text)+len(whole.Output)+len(whole.Body)
	if v.Shown && whole.Output != "" && !json.Valid([]byte(v.Output)) {
		v.Media, v.Body, v.Output = "application/json", v.Output, "" // half of it is no JSON any more
	}
	v.Faults = nil
	for _, f := range whole.Faults {
		hidden := *f
		hidden.What, hidden.Hint, hidden.Details = o.log.Hide(f.What), o.log.Hide(f.Hint), nil
		for _, d := range f.Details {
			hidden.Details = append(hidden.Details, fault.Detail{Path: d.Path, What: o.log.Hide(d.What), Hint: d.Hint})
		}
		v.Faults = append(v.Faults, &hidden)
	}
	v.Headers = nil
	for _, h := range whole.Headers {
		v.Headers = append(v.Headers, [2]string{h[0], o.log.Hide(h[1])})
	}
	detail, err := json.Marshal(v)
	if err != nil {
		return store.Invocation{}, fault.Wrap(fault.Internal, "invoke.history", err, "keep an invocation")
	}
	answer := []string{cmp.Or(v.Output, v.Body)}
	if v.Binary {
		answer[0] = v.Media
	}
	for _, f := range v.Faults {
		answer = append(answer, f.Error())
	}
	return store.Invocation{
		ID: v.ID, Service: v.Service, At: v.At, Took: v.Took, OK: v.OK, Status: v.Status, CID: v.CID, Size: v.Size,
		Text: v.Text, Answer: strings.Join(answer, "\n"), Detail: detail,
	}, nil
}

// InvokeHistory returns earlier invocations.
func (s *Studio) InvokeHistory(ctx context.Context, in HistoryQuery) (HistoryList, error) {
	o, err := s.open()
	if err != nil {
		return HistoryList{}, err
	}
	asked, err := o.invocations(ctx)
	if err != nil {
		return HistoryList{}, err
	}
	found, more, err := asked.List(ctx, store.InvocationFilter{Service: in.Service, Search: in.Search, Before: in.Before, Limit: in.Limit})
	if err != nil {
		return HistoryList{}, err
	}
	list := HistoryList{Invocations: make([]Invoked, len(found)), More: more}
	for i, v := range found {
		list.Invocations[i] = Invoked{
			ID: v.ID, Service: v.Service, Text: v.Text, At: v.At, Took: v.Took, CID: v.CID, OK: v.OK, Status: v.Status, Size: v.Size,
		}
	}
	return list, nil
}

// ShowInvocation returns one of them whole.
func (s *Studio) ShowInvocation(ctx context.Context, in InvocationID) (Invoked, error) {
	o, err := s.open()
	if err != nil {
		return Invoked{}, err
	}
	asked, err := o.invocations(ctx)
	if err != nil {
		return Invoked{}, err
	}
	kept, found, err := asked.Get(ctx, in.ID)
	if err != nil {
		return Invoked{}, err
	}
	if !found {
		return Invoked{}, fault.New(fault.NotFound, "invoke.unknown", "this invocation is not in the history any more")
	}
	var v Invoked
	if err := json.Unmarshal(kept.Detail, &v); err != nil {
		return Invoked{}, fault.Wrap(fault.Internal, "invoke.history", err, "read an invocation of the history")
	}
	return v, nil
}

// ForgetInvocations deletes invocations from the history.
func (s *Studio) ForgetInvocations(ctx context.Context, in Forget) (None, error) {
	o, err := s.open()
	if err != nil {
		return None{}, err
	}
	asked, err := o.invocations(ctx)
	if err != nil {
		return None{}, err
	}
	return None{}, asked.Forget(ctx, in.Service, in.IDs...)
}
