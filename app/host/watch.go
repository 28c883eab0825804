package host

import (
	"context"
	"log/slog"

	"mortise/projects"
	"mortise/projects/watch"
)

// Follow calls each for every batch of changes of a project's files, one after
// the other, until the returned function is called, which waits for the last.
func Follow(ctx context.Context, root string, log *slog.Logger, each func(watch.Batch)) (stop func(), err error) {
	w, err := watch.New(ctx, root, watch.Options{Ignored: projects.Ignored, Log: log})
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for b := range w.Batches() {
			each(b)
		}
	}()
	return func() {
		w.Close()
		<-done
	}, nil
}
