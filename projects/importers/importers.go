// Package importers reads what describes another system, such as a curl command or
// an OpenAPI document that somebody pasted, and makes objects of a project of it.
// It writes nothing: a person looks at the objects first.
//
// Credentials never become part of an object. They come back beside it, and the
// object refers to them by name.
package importers

import (
	"encoding/json"
	"net/url"
	"strings"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// MaxText bounds what is read, in bytes.
const MaxText = 4 << 20

// The sorts of text that are understood.
const (
	Curl    = "curl"
	OpenAPI = "openapi"
)

// Result is what a text describes.
type Result struct {
	What    string // Curl or OpenAPI
	Title   string // of the other system
	Objects []Object
	Secrets []Secret // credentials that stood in the text, or that it says are needed
	Notes   []string // what was not taken over, or is to be done yet: whole sentences
}

// Object is an object to create. Objects that others refer to come first.
type Object struct {
	Kind, Type, Name, Description string
	Config                        json.RawMessage // an object of the fields that differ from their defaults
}

// Secret is a credential.
type Secret struct {
	Name  string
	About string // what it is, in words
	Value string // "" where the text only says that there is one
}

// Read reads a pasted text. Taken says which names of a kind the project has
// already; new objects get other ones.
func Read(text string, taken func(kind, name string) bool) (Result, error) {
	if len(text) > MaxText {
		return Result{}, fault.New(fault.Invalid, "paste.large", "the text has %s, and %s are read at most",
			spec.FormatSize(int64(len(text))), spec.FormatSize(MaxText))
	}
	trimmed := strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
	switch {
	case trimmed == "":
		return Result{}, fault.New(fault.Invalid, "paste.empty", "the text is empty").WithHint("paste a curl command or an OpenAPI document")
	case isCurl(trimmed):
		return readCurl(trimmed, taken)
	default:
		return readOpenAPI(trimmed, taken)
	}
}

// maker collects the objects of a result.
type maker struct {
	Result
	taken func(kind, name string) bool
}

func (m *maker) note(format string) { m.Notes = append(m.Notes, format) }

// free returns a name that no object of the kind has.
func (m *maker) free(kind, name string) string {
	name = cleanName(name)
	for i, try := 2, name; ; i++ {
		used := m.taken != nil && m.taken(kind, try)
		for _, o := range m.Objects {
			used = used || o.Kind == kind && o.Name == try
		}
		if !used {
			return try
		}
		try = name + " " + itoa(i)
	}
}

// add adds an object and returns its name.
func (m *maker) add(kind, typ, name, about string, fields map[string]any) string {
	name = m.free(kind, name)
	raw, err := json.Marshal(fields)
	if err != nil {
		raw = json.RawMessage("{}") // fields are texts, numbers and maps of them
	}
	m.Objects = append(m.Objects, Object{Kind: kind, Type: typ, Name: name, Description: about, Config: raw})
	return name
}

// apiKey adds a definition that sends a secret in a header.
func (m *maker) apiKey(system, header, about, value string) string {
	secret := m.secret(system, "api-key", about, value)
	return m.add(config.Security, "api-key", system+" key", "", map[string]any{"header": header, "key": map[string]string{"secret": secret}})
}

// basic adds a definition that sends a user name and a password.
func (m *maker) basic(system, user, about, password string) string {
	secret := m.secret(system, "password", about, password)
	return m.add(config.Security, "basic-auth", system+" login", "", map[string]any{"username": user, "password": map[string]string{"secret": secret}})
}

func (m *maker) secret(system, what, about, value string) string {
	base := strings.Trim(strings.ReplaceAll(strings.ToLower(system), " ", "-"), "-._") + "/" + what
	name := base
	for i := 2; ; i++ {
		used := false
		for _, s := range m.Secrets {
			used = used || s.Name == name
		}
		if !used {
			break
		}
		name = base + "-" + itoa(i)
	}
	m.Secrets = append(m.Secrets, Secret{Name: name, About: about, Value: value})
	return name
}

// cleanName makes a name that an object may have.
func cleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			return r
		default:
			return ' '
		}
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	s = strings.Trim(s[:min(len(s), 60)], " ._-")
	if s == "" {
		return "system"
	}
	return s
}

// nameOf makes a short name of a host: "crm" of crm.example.com, "example" of
// api.example.com.
func nameOf(host string) string {
	labels := strings.Split(strings.ToLower(host), ".")
	if strings.Trim(host, "0123456789.") == "" || len(labels) < 2 || strings.Contains(host, ":") {
		return cleanName(host)
	}
	if len(labels) > 2 {
		switch labels[0] {
		case "www", "api", "apis", "rest", "gateway", "gw", "services", "service":
			return cleanName(labels[1])
		}
	}
	return cleanName(labels[0])
}

// address splits a URL into what a connection has as address and as path.
func address(u *url.URL) (addr, path string) {
	path = u.EscapedPath()
	if path == "/" {
		path = ""
	}
	return u.Scheme + "://" + u.Host, path
}
