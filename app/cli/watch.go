package cli

import (
	"context"
	"log/slog"
	"slices"

	"mortise/app/host"
	"mortise/projects"
	"mortise/projects/watch"
)

// watchFiles reports changes that can change what runs, until the returned
// function is called. Changes that come before the last ones were taken are one.
func watchFiles(ctx context.Context, root string, log *slog.Logger) (<-chan struct{}, func(), error) {
	changes := make(chan struct{}, 1)
	stop, err := host.Follow(ctx, root, log, func(b watch.Batch) {
		if b.All || slices.ContainsFunc(b.Names, projects.Relevant) {
			select {
			case changes <- struct{}{}:
			default:
			}
		}
	})
	return changes, stop, err
}
