package cli

import (
	"context"
	"log/slog"
	"slices"

	"mortise/projects"
	"mortise/projects/watch"
)

// watchFiles reports changes that can change what runs, until the returned
// function is called. Changes that come before the last ones were taken are one.
func watchFiles(ctx context.Context, root string, log *slog.Logger) (<-chan struct{}, func(), error) {
	w, err := watch.New(ctx, root, watch.Options{Ignored: projects.Ignored, Log: log})
	if err != nil {
		return nil, nil, err
	}
	changes, done := make(chan struct{}, 1), make(chan struct{})
	go func() {
		defer close(done)
		for b := range w.Batches() {
			if b.All || slices.ContainsFunc(b.Names, projects.Relevant) {
				select {
				case changes <- struct{}{}:
				default:
				}
			}
		}
	}()
	return changes, func() {
		w.Close()
		<-done
	}, nil
}
