package api

import (
	"context"
	"slices"

	"mortise/projects"
	"mortise/runtime/fault"
)

// ListRequests returns the saved invocations.
func (s *Studio) ListRequests(ctx context.Context, _ None) (RequestList, error) {
	o, err := s.open()
	if err != nil {
		return RequestList{}, err
	}
	found, faults := o.Requests(ctx)
	list := RequestList{Requests: make([]Request, len(found)), Faults: faults.Whole()}
	for i, r := range found {
		list.Requests[i] = requestOf(r)
	}
	return list, nil
}

func requestOf(r projects.Request) Request {
	return Request{Name: r.Name, Service: r.Service, Text: r.Input, About: r.About, File: r.File}
}

// WriteRequest saves an invocation, in place of the saved one of its name.
func (s *Studio) WriteRequest(ctx context.Context, in Request) (Request, error) {
	o, err := s.open()
	if err != nil {
		return Request{}, err
	}
	r := projects.Request{Name: in.Name, Service: in.Service, Input: in.Text, About: in.About}
	text, file, err := o.RenderRequest(ctx, r)
	if err != nil {
		return Request{}, err
	}
	err = o.change(ctx, whySaved, []string{file}, nil, func() error { return o.WriteFile(file, text) })
	r.File = file
	return requestOf(r), err
}

// DeleteRequest deletes a saved invocation, to the local history.
func (s *Studio) DeleteRequest(ctx context.Context, in Name) (None, error) {
	o, err := s.open()
	if err != nil {
		return None{}, err
	}
	all, _ := o.Requests(ctx) // one that cannot be read is deleted as a file
	i := slices.IndexFunc(all, func(r projects.Request) bool { return r.Name == in.Name })
	if i < 0 {
		names := make([]string, len(all))
		for i, r := range all {
			names[i] = r.Name
		}
		return None{}, fault.New(fault.NotFound, "request.unknown", "no saved request %q", in.Name).WithHint("%s", fault.DidYouMean(in.Name, names))
	}
	file := all[i].File
	return None{}, o.change(ctx, whyDeleted, []string{file}, nil, func() error { return o.Remove(file) })
}
