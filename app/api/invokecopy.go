package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"mortise/runtime/control"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
)

// Convert returns an input in both of its forms, with all that is wrong with it.
func (s *Studio) Convert(_ context.Context, in Invocation) (Converted, error) {
	o, err := s.open()
	if err != nil {
		return Converted{}, err
	}
	takes := o.inputType(in.Service)
	raw, err := inputJSON(in.Text, takes)
	if err != nil {
		return Converted{Faults: fault.All(err).Whole()}, nil
	}
	var out Converted
	if len(raw) > 0 {
		out.JSON = pretty(raw)
		if pairs, ok := pairsOf(raw, takes); ok {
			out.Pairs = quotePairs(pairs, "\n")
		}
	}
	if err := checkInput(raw, takes); err != nil {
		out.Faults = fault.All(err).Whole()
	}
	return out, nil
}

// CopyAs returns an invocation as a text for another program.
func (s *Studio) CopyAs(ctx context.Context, in CopyRequest) (Copied, error) {
	o, err := s.open()
	if err != nil {
		return Copied{}, err
	}
	takes := o.inputType(in.Service)
	raw, err := inputJSON(in.Text, takes)
	if err != nil {
		return Copied{}, err
	}
	switch in.As {
	case "json":
		return Copied{Text: pretty(raw)}, nil
	case "pairs":
		pairs, ok := pairsOf(raw, takes)
		if !ok && len(raw) > 0 {
			return Copied{Text: compact(raw), Note: "This input cannot be said as name=value, so it was copied as JSON."}, nil
		}
		return Copied{Text: quotePairs(pairs, " ")}, nil
	case "command":
		return Copied{Text: o.command(in.Service, raw, takes != nil, func() ([]string, bool) { return pairsOf(raw, takes) })}, nil
	case "curl":
		return o.curl(ctx, in, raw)
	}
	return Copied{}, fault.New(fault.Invalid, "copy.as", "there is no way to copy called %q", in.As).
		WithHint("%s", fault.DidYouMean(in.As, []string{"curl", "pairs", "json", "command"}))
}

// command is the command line that does the same. Where the type of the input is
// known, it has pairs.
func (o *opened) command(service string, raw json.RawMessage, typed bool, pairs func() ([]string, bool)) string {
	parts := []string{"mortise", "invoke", quoteShell(service)}
	if all, ok := pairs(); ok && typed {
		for _, p := range all {
			parts = append(parts, quoteShell(p))
		}
	} else if len(raw) > 0 {
		parts = append(parts, quoteShell(compact(raw)))
	}
	return strings.Join(append(parts, "--project", quoteShell(o.Root())), " ")
}

// The places in a copied command that the reader fills in.
const (
	yourKey      = "YOUR-KEY"
	yourPassword = "YOUR-PASSWORD"
)

// curl is the command that calls the service as others do, through a channel.
func (o *opened) curl(ctx context.Context, in CopyRequest, raw json.RawMessage) (Copied, error) {
	h, err := o.running()
	if err != nil {
		return Copied{}, err
	}
	state, err := h.State(ctx)
	if err != nil {
		return Copied{}, err
	}
	ch, err := channelOf(state, in)
	if err != nil {
		return Copied{}, err
	}
	path, rest, missing := fillPath(ch.Path, raw)
	parts := []string{"curl"}
	method := http.MethodGet
	query, flat := queryOf(rest)
	asQuery := false
	switch {
	case len(ch.Methods) > 0:
		method = ch.Methods[0]
		asQuery = flat && (method == http.MethodGet || method == http.MethodHead || method == http.MethodDelete)
		if len(rest) == 0 && method != http.MethodGet || len(rest) > 0 && (asQuery && method != http.MethodGet || !asQuery && method != http.MethodPost) {
			parts = append(parts, "-X "+method)
		}
	case len(rest) > 0:
		method = http.MethodPost // what curl makes of -d
	}
	note, auth := credentials(h.Engine().Objects("security"), ch)
	parts = append(parts, auth...)
	address := state.Address + path
	if asQuery && query != "" {
		address += "?" + query
	}
	parts = append(parts, quoteShell(address))
	if len(rest) > 0 && !asQuery {
		parts = append(parts, "-H 'Content-Type: application/json'", "-d "+quoteShell(compact(rest)))
	}
	if len(missing) > 0 {
		note = strings.TrimSpace(note + fmt.Sprintf(" Fill %s in the address.", strings.Join(missing, " and ")))
	}
	return Copied{Text: strings.Join(parts, " "), Note: note}, nil
}

// channelOf returns the channel that a copied command calls.
func channelOf(state control.State, in CopyRequest) (control.Channel, error) {
	var names []string
	for _, ch := range state.Channels {
		if ch.Path == "" || ch.Service != in.Service {
			continue
		}
		if in.Channel == "" || ch.Name == in.Channel {
			return ch, nil
		}
		names = append(names, ch.Name)
	}
	if in.Channel != "" {
		return control.Channel{}, fault.New(fault.NotFound, "channel.unknown", "the service %q has no channel %q", in.Service, in.Channel).
			WithHint("%s", fault.DidYouMean(in.Channel, names))
	}
	return control.Channel{}, fault.New(fault.NotFound, "copy.channel", "the service %q has no channel, so nobody else can call it yet", in.Service).
		WithHint("make a channel that leads to it, or copy it as a command")
}

// credentials returns the options that show who is calling, and a note of what the
// reader has to fill in.
func credentials(definitions []engine.ObjectState, ch control.Channel) (note string, options []string) {
	switch {
	case ch.Security == "":
		return "", nil
	case ch.Header != "":
		return fmt.Sprintf("Put the key in the place of %s.", yourKey), []string{"-H " + quoteShell(ch.Header+": "+yourKey)}
	}
	user := "USER"
	for _, d := range definitions {
		if raw, ok := d.Settings.(json.RawMessage); ok && d.Name == ch.Security {
			var settings struct {
				Username string `json:"username"`
			}
			if json.Unmarshal(raw, &settings) == nil && settings.Username != "" {
				user = settings.Username
			}
		}
	}
	return fmt.Sprintf("Put the password in the place of %s.", yourPassword), []string{"-u " + quoteShell(user+":"+yourPassword)}
}

// fillPath puts fields of the input into the parameters of a path. Rest is the
// input without them, missing the parameters that the input does not have.
func fillPath(pattern string, raw json.RawMessage) (path string, rest json.RawMessage, missing []string) {
	all, ok := members(raw)
	if !strings.Contains(pattern, "{") || !ok && len(raw) > 0 {
		return pattern, nonEmpty(raw), nil
	}
	var out strings.Builder
	for pattern != "" {
		before, after, found := strings.Cut(pattern, "{")
		out.WriteString(before)
		if !found {
			break
		}
		name, behind, _ := strings.Cut(after, "}")
		pattern = behind
		name = strings.TrimSuffix(name, "...")
		i := slices.IndexFunc(all, func(m member) bool { return m.name == name })
		if i < 0 {
			missing = append(missing, "{"+name+"}")
			out.WriteString("{" + name + "}")
			continue
		}
		out.WriteString(url.PathEscape(scalar(all[i].raw)))
		all = slices.Delete(all, i, i+1)
	}
	return out.String(), nonEmpty(object(all)), missing
}

// scalar is a JSON value as the text that a parameter has.
func scalar(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// object writes fields as a JSON object.
func object(all []member) json.RawMessage {
	out := []byte("{")
	for i, m := range all {
		if i > 0 {
			out = append(out, ',')
		}
		name, _ := json.Marshal(m.name) // a text always can be written
		out = append(append(append(out, name...), ':'), m.raw...)
	}
	return append(out, '}')
}

// nonEmpty returns nothing for an input without fields.
func nonEmpty(raw json.RawMessage) json.RawMessage {
	if c := compact(raw); c == "{}" || c == "null" || c == "" {
		return nil
	}
	return raw
}

// queryOf writes an input as a query; false where it has more than texts and
// numbers.
func queryOf(raw json.RawMessage) (string, bool) {
	all, ok := members(raw)
	if !ok {
		return "", len(raw) == 0
	}
	var parts []string
	for _, m := range all {
		if c := compact(m.raw); c == "null" || c[0] == '{' || c[0] == '[' {
			return "", false
		}
		parts = append(parts, url.QueryEscape(m.name)+"="+url.QueryEscape(scalar(m.raw)))
	}
	return strings.Join(parts, "&"), true
}
