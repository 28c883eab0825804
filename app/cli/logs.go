package cli

import (
	"context"
	"errors"

	"mortise/runtime/control"
	"mortise/runtime/observe"
)

type logsCommand struct {
	target
	Follow bool   `short:"f" help:"Go on with the lines to come."`
	Lines  int    `short:"n" help:"How many lines of the past, at most 2000." default:"100"`
	CID    string `name:"cid" help:"Only the lines of one correlation id."`
	JSON   bool   `help:"Print the lines as JSON, as they are."`
}

// Help shows how it is used.
func (logsCommand) Help() string {
	return `Examples:
  mortise logs --project demo --follow
  mortise logs --project demo --cid 0af7651916cd43dd8448eb211c80319c

The whole log is in .mortise/logs/server.log of the project.`
}

// Run prints the log of the running host until there is no more of it, or until
// a signal comes.
func (c logsCommand) Run(ctx context.Context, env *Env) error {
	client, err := c.remote(ctx, env)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-env.Signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	err = client.Logs(ctx, control.LogOptions{Backlog: c.Lines, Follow: c.Follow, CID: c.CID}, func(l control.Line) error {
		line := append(l.Raw, '\n')
		if !c.JSON {
			line = observe.ForPeople(l.Raw, env.Terminal)
		}
		_, err := env.Stdout.Write(line)
		return err
	})
	stopped := ctx.Err() != nil
	cancel()
	<-done
	if stopped && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
