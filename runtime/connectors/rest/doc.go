// Package rest is the connector for REST over HTTP, both ways: a connection
// sends requests to another system, a channel lets others invoke a service.
package rest

import (
	"mortise/runtime/channel"
	"mortise/runtime/conn"
)

func init() {
	conn.Register(conn.Type{
		Name:    "rest",
		Title:   "REST",
		Summary: "Sends requests to a system that speaks HTTP.",
		Family:  conn.FamilyHTTP,
		New:     func() conn.Config { return &Connection{} },
	})
	channel.Register(channel.Type{
		Name:    "rest",
		Title:   "REST",
		Summary: "Lets others invoke a service with HTTP requests.",
		New:     func() channel.Config { return &Channel{} },
	})
}
