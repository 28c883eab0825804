// Package observe is how a running host is looked into: its log, which goes to a
// terminal, to a rotated file and to whoever listens, and its metrics, in the
// text format of Prometheus. Both are made so that a request pays little for
// them: a log line is taken over by its caller's goroutine and formatted and
// written by another, and a metric is a few atomic additions.
package observe
