package rest_test

import (
	"fmt"
	"testing"

	"go.yaml.in/yaml/v4"

	"mortise/runtime/conn"
	"mortise/runtime/conn/conntest"
	"mortise/runtime/connectors/rest"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

func TestConnection(t *testing.T) {
	typ, _ := conn.Lookup("rest")
	conntest.HTTP(t, typ, func(t *testing.T, s conntest.Settings) conn.Config {
		text := fmt.Sprintf("{address: %q, security: %q, retries: {max: %d, wait: 2ms}, circuit: {failures: %d, wait: 50ms}, proxy: none", s.Address, s.Security, s.Retries, s.Failures)
		if s.Timeout > 0 {
			text += fmt.Sprintf(", timeout: %v", s.Timeout)
		}
		if s.MaxBody > 0 {
			text += fmt.Sprintf(", max_body: %d", s.MaxBody)
		}
		return decode(t, text+"}")
	})
}

// decode reads a config that must be right.
func decode(t testing.TB, text string) *rest.Connection {
	t.Helper()
	c, faults := tryDecode(t, text)
	if len(faults) > 0 {
		t.Fatalf("Decode(%s) = %v, want no faults", text, faults)
	}
	return c
}

func tryDecode(t testing.TB, text string) (*rest.Connection, fault.List) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatalf("the test's YAML %s: %v", text, err)
	}
	var c rest.Connection
	return &c, spec.Decode(doc.Content[0], "connections/x.yaml", &c)
}
