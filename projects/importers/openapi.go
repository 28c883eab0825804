package importers

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"mortise/runtime/config"
	"mortise/runtime/fault"
)

// Bounds of what is taken from a document.
const (
	maxServers = 5
	maxNesting = 200
)

// document is the part of an OpenAPI document (3.0, 3.1 and Swagger 2.0) that
// says how the system is reached.
type document struct {
	OpenAPI string `json:"openapi" yaml:"openapi"`
	Swagger string `json:"swagger" yaml:"swagger"`
	Info    struct {
		Title       string `json:"title" yaml:"title"`
		Description string `json:"description" yaml:"description"`
	} `json:"info" yaml:"info"`
	Servers    []server              `json:"servers" yaml:"servers"`
	Security   []map[string][]string `json:"security" yaml:"security"`
	Components struct {
		SecuritySchemes map[string]scheme `json:"securitySchemes" yaml:"securitySchemes"`
	} `json:"components" yaml:"components"`
	Paths map[string]nothing `json:"paths" yaml:"paths"`

	// Of Swagger 2.0.
	Host                string            `json:"host" yaml:"host"`
	BasePath            string            `json:"basePath" yaml:"basePath"`
	Schemes             []string          `json:"schemes" yaml:"schemes"`
	SecurityDefinitions map[string]scheme `json:"securityDefinitions" yaml:"securityDefinitions"`
}

type server struct {
	URL         string `json:"url" yaml:"url"`
	Description string `json:"description" yaml:"description"`
	Variables   map[string]struct {
		Default string `json:"default" yaml:"default"`
	} `json:"variables" yaml:"variables"`
}

// nothing is a value that is not looked at.
type nothing struct{}

// UnmarshalJSON skips the value.
func (nothing) UnmarshalJSON([]byte) error { return nil }

// UnmarshalYAML skips the value.
func (nothing) UnmarshalYAML(*yaml.Node) error { return nil }

type scheme struct {
	Type   string `json:"type" yaml:"type"`
	Name   string `json:"name" yaml:"name"`
	In     string `json:"in" yaml:"in"`
	Scheme string `json:"scheme" yaml:"scheme"`
}

// readOpenAPI makes a connection of every server of a document.
func readOpenAPI(text string, taken func(kind, name string) bool) (Result, error) {
	d, err := parseDocument(text)
	if err != nil {
		return Result{}, err
	}
	m := &maker{Result: Result{What: OpenAPI, Title: strings.TrimSpace(d.Info.Title)}, taken: taken}
	servers := d.servers()
	if len(servers) > maxServers {
		m.note(fmt.Sprintf("The document has %d servers; the first %d were taken.", len(servers), maxServers))
		servers = servers[:maxServers]
	}
	if len(servers) == 0 {
		m.note("The document names no server: fill the address in.")
		servers = []server{{}}
	}
	first, err := url.Parse(servers[0].URL)
	if err != nil {
		first = &url.URL{}
	}
	system := m.free(config.Connection, cmp.Or(titleName(d.Info.Title), nameOf(first.Hostname())))
	security := m.schemes(&d, system)
	for _, s := range servers {
		m.server(s, system, security)
	}
	if n := len(d.Paths); n > 0 {
		m.note(fmt.Sprintf("The document describes %s. A connection knows the address; a service calls a path with ctx.REST(%q) where the connection has it as its path.",
			plural(n, "path"), system))
	}
	return m.Result, nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return itoa(n) + " " + what + "s"
}

// titleName makes a name of a title: without the words that say nothing.
func titleName(title string) string {
	var words []string
	for w := range strings.FieldsSeq(title) {
		switch strings.ToLower(strings.Trim(w, "-–—:,.()")) {
		case "api", "apis", "rest", "openapi", "swagger", "the", "service", "services", "":
			continue
		}
		if words = append(words, w); len(words) == 4 {
			break
		}
	}
	if len(words) == 0 {
		return ""
	}
	if name := cleanName(strings.Join(words, " ")); name != "system" {
		return name
	}
	return ""
}

func parseDocument(text string) (document, error) {
	var d document
	var err error
	if strings.HasPrefix(text, "{") {
		err = json.Unmarshal([]byte(text), &d)
	} else {
		err = yaml.Load([]byte(text), &d, yaml.WithV4Defaults(), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxNesting))))
		var wrong *yaml.LoadErrors
		if errors.As(err, &wrong) && (d.OpenAPI != "" || d.Swagger != "") {
			err = nil // a part that is not as it should be, while the rest was read
		}
	}
	if err != nil {
		return d, fault.Wrap(fault.Invalid, "paste.unknown", err, "this is neither a curl command nor an OpenAPI document").
			WithHint("paste the whole of it, from its first line to its last")
	}
	switch {
	case strings.HasPrefix(d.OpenAPI, "3."), strings.HasPrefix(d.Swagger, "2"):
		return d, nil
	case d.OpenAPI != "" || d.Swagger != "":
		return d, fault.New(fault.Invalid, "paste.version", "the document is of OpenAPI %q; 3.0, 3.1 and Swagger 2.0 are read", cmp.Or(d.OpenAPI, d.Swagger))
	}
	return d, fault.New(fault.Invalid, "paste.unknown", "this is neither a curl command nor an OpenAPI document").
		WithHint("an OpenAPI document has \"openapi: 3.…\" or \"swagger: 2.0\" at its top, and a command begins with curl")
}

// servers returns the addresses of the document, variables filled in.
func (d *document) servers() []server {
	if d.Swagger != "" {
		if d.Host == "" {
			return nil
		}
		schemes := d.Schemes
		if len(schemes) == 0 || slices.Contains(schemes, "https") {
			schemes = []string{"https"}
		}
		return []server{{URL: schemes[0] + "://" + d.Host + d.BasePath}}
	}
	var out []server
	for _, s := range d.Servers {
		for name, v := range s.Variables {
			s.URL = strings.ReplaceAll(s.URL, "{"+name+"}", v.Default)
		}
		if s.URL != "" && s.URL != "/" {
			out = append(out, s)
		}
	}
	return out
}

// server adds the connection to one server.
func (m *maker) server(s server, system, security string) {
	fields := map[string]any{"address": "https://"}
	name := system
	u, err := url.Parse(s.URL)
	switch {
	case s.URL == "":
	case err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https"):
		m.note(fmt.Sprintf("The server %q is no whole address: put its scheme and host in front.", short(s.URL)))
	default:
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		fields["address"] = strings.TrimSuffix(u.String(), "/")
		if slices.ContainsFunc(m.Objects, func(o Object) bool { return o.Kind == config.Connection }) {
			name = system + " " + cmp.Or(titleName(s.Description), nameOf(u.Hostname()))
		}
	}
	if security != "" {
		fields["security"] = security
	}
	m.add(config.Connection, "rest", name, strings.TrimSpace(short(s.Description)), fields)
}

// schemes makes a definition of the security scheme that the document wants, and
// returns its name; the others are named in notes.
func (m *maker) schemes(d *document, system string) string {
	all := d.Components.SecuritySchemes
	if d.Swagger != "" {
		all = d.SecurityDefinitions
	}
	names := slices.Sorted(maps.Keys(all))
	// Those that the whole document wants come first.
	for _, want := range slices.Backward(d.Security) {
		for name := range want {
			if i := slices.Index(names, name); i > 0 {
				names = append([]string{name}, slices.Delete(names, i, i+1)...)
			}
		}
	}
	made := ""
	for _, name := range names {
		s := all[name]
		var define func() string
		switch {
		case s.Type == "apiKey" && s.In == "header":
			define = func() string { return m.apiKey(system, s.Name, "the API key for "+system, "") }
		case s.Type == "http" && strings.EqualFold(s.Scheme, "basic"), s.Type == "basic":
			define = func() string {
				m.note("Fill the user name of the login in.")
				return m.basic(system, "user", "the password for "+system, "")
			}
		case s.Type == "http" && strings.EqualFold(s.Scheme, "bearer"):
			define = func() string {
				m.note("The token is sent as it is in the secret: it begins with the word Bearer and a space.")
				return m.apiKey(system, "Authorization", "the token for "+system+", with the word Bearer and a space in front", "")
			}
		default:
			m.note(fmt.Sprintf("The security scheme %q (%s) is not supported yet.", name, strings.TrimSpace(s.Type+" "+s.In+s.Scheme)))
			continue
		}
		if made != "" {
			m.note(fmt.Sprintf("The security scheme %q was left out: a connection has one.", name))
			continue
		}
		made = define()
	}
	return made
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
