package wait_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"mortise/runtime/wait"
)

func TestFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		if !wait.For(ctx, time.Hour) || time.Since(begin) != time.Hour {
			t.Errorf("For(1h) ended after %s, want true after 1h", time.Since(begin))
		}
		time.AfterFunc(time.Minute, cancel)
		begin = time.Now()
		if wait.For(ctx, time.Hour) || time.Since(begin) != time.Minute {
			t.Errorf("For(1h) with a context that ends ended after %s, want false after 1m", time.Since(begin))
		}
	})
}
