package importers

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// isCurl reports whether a text is a curl command.
func isCurl(text string) bool {
	text = strings.TrimLeft(strings.TrimPrefix(text, "$"), " \t\"^")
	word, _, _ := strings.Cut(strings.NewReplacer("\n", " ", "\r", " ", "\t", " ", `"`, " ", "^", " ").Replace(text), " ")
	word = word[strings.LastIndexAny(word, `/\`)+1:]
	return word == "curl" || word == "curl.exe"
}

// curl is a command as its options say.
type curl struct {
	method  string
	urls    []string
	headers []string
	data    []string
	query   []string // --url-query
	get     bool
	form    bool
	user    string
	hasUser bool
	bearer  string
	cookie  string
	proxy   string
	timeout string
	retries string
	notes   []string
}

// option is what an option of curl does with its value; nil ignores it.
type option func(c *curl, value string)

// valued are the options with a value (man curl); those that matter here have a
// function.
var valued = map[string]option{
	"X": setMethod, "request": setMethod,
	"H": func(c *curl, v string) { c.headers = append(c.headers, v) }, "header": func(c *curl, v string) { c.headers = append(c.headers, v) },
	"d": addData, "data": addData, "data-ascii": addData, "data-binary": addData,
	"data-raw":       func(c *curl, v string) { c.data = append(c.data, v) },
	"data-urlencode": addEncoded,
	"json": func(c *curl, v string) {
		addData(c, v)
		c.headers = append(c.headers, "Content-Type: application/json", "Accept: application/json")
	},
	"url-query": func(c *curl, v string) { c.query = append(c.query, v) },
	"F":         addForm, "form": addForm, "form-string": addForm,
	"u": setUser, "user": setUser,
	"oauth2-bearer": func(c *curl, v string) { c.bearer = v },
	"A":             setHeader("User-Agent"), "user-agent": setHeader("User-Agent"),
	"e": setHeader("Referer"), "referer": setHeader("Referer"),
	"b": func(c *curl, v string) { c.cookie = v }, "cookie": func(c *curl, v string) { c.cookie = v },
	"url": func(c *curl, v string) { c.urls = append(c.urls, v) },
	"m":   func(c *curl, v string) { c.timeout = v }, "max-time": func(c *curl, v string) { c.timeout = v },
	"x": func(c *curl, v string) { c.proxy = v }, "proxy": func(c *curl, v string) { c.proxy = v },
	"retry":  func(c *curl, v string) { c.retries = v },
	"cacert": noteOf("the file of --cacert: put it into the project and name it in tls.ca_file."),
	"E":      noteOf("the client certificate of --cert, which a connection cannot send yet."), "cert": noteOf("the client certificate of --cert, which a connection cannot send yet."),
	"T": noteOf("the file of --upload-file."), "upload-file": noteOf("the file of --upload-file."),
	"K": noteOf("the file of --config, which is not here."), "config": noteOf("the file of --config, which is not here."),
	"resolve": noteOf("the address of --resolve."), "connect-to": noteOf("the address of --connect-to."),

	"o": nil, "output": nil, "c": nil, "cookie-jar": nil, "w": nil, "write-out": nil, "D": nil, "dump-header": nil, "r": nil, "range": nil,
	"C": nil, "continue-at": nil, "y": nil, "speed-time": nil, "Y": nil, "speed-limit": nil, "z": nil, "time-cond": nil, "P": nil, "Q": nil, "t": nil,
	"connect-timeout": nil, "max-redirs": nil, "retry-delay": nil, "retry-max-time": nil, "limit-rate": nil, "interface": nil, "noproxy": nil,
	"ciphers": nil, "tls-max": nil, "tls13-ciphers": nil, "proto": nil, "proto-default": nil, "proto-redir": nil, "key": nil, "key-type": nil,
	"cert-type": nil, "pass": nil, "capath": nil, "proxy-user": nil, "U": nil, "keepalive-time": nil, "max-filesize": nil, "trace": nil,
	"trace-ascii": nil, "stderr": nil, "unix-socket": nil, "dns-servers": nil, "expect100-timeout": nil, "happy-eyeballs-timeout-ms": nil,
	"aws-sigv4": noteOf("the signature of --aws-sigv4, which a connection cannot make yet."), "output-dir": nil, "local-port": nil, "pinnedpubkey": nil,
}

// flags are the options without a value that matter here.
var flags = map[string]func(*curl){
	"G": func(c *curl) { c.get = true }, "get": func(c *curl) { c.get = true },
	"I": func(c *curl) { c.method = http.MethodHead }, "head": func(c *curl) { c.method = http.MethodHead },
	"k": insecure, "insecure": insecure,
	"digest": unsupported("digest"), "ntlm": unsupported("ntlm"), "negotiate": unsupported("negotiate"), "anyauth": nil, "basic": nil,
}

func insecure(c *curl) {
	c.notes = append(c.notes, "The option -k, which trusts any server, is not taken over: put the certificate of the server's authority into tls.ca.")
}

func unsupported(scheme string) func(*curl) {
	return func(c *curl) {
		c.notes = append(c.notes, "The server is asked for with --"+scheme+", which a connection does not speak yet; the login is sent as Basic Auth.")
	}
}

func noteOf(what string) option {
	return func(c *curl, _ string) { c.notes = append(c.notes, "Not taken over: "+what) }
}

func setMethod(c *curl, v string) { c.method = strings.ToUpper(v) }

func setUser(c *curl, v string) { c.user, c.hasUser = v, true }

func setHeader(name string) option {
	return func(c *curl, v string) { c.headers = append(c.headers, name+": "+v) }
}

func addData(c *curl, v string) {
	if name, ok := strings.CutPrefix(v, "@"); ok {
		c.notes = append(c.notes, fmt.Sprintf("The body comes from the file %q, which is not here.", name))
		return
	}
	c.data = append(c.data, v)
}

func addEncoded(c *curl, v string) {
	name, value, ok := strings.Cut(v, "=")
	switch {
	case strings.Contains(v, "@") && !ok:
		c.notes = append(c.notes, "A part of the body comes from a file, which is not here.")
	case !ok:
		c.data = append(c.data, url.QueryEscape(v))
	case name == "":
		c.data = append(c.data, url.QueryEscape(value))
	default:
		c.data = append(c.data, name+"="+url.QueryEscape(value))
	}
}

func addForm(c *curl, v string) {
	name, _, _ := strings.Cut(v, "=")
	c.form = true
	c.notes = append(c.notes, fmt.Sprintf("The part %q of the form of -F is not taken over: a connection does not send multipart forms yet.", name))
}

// parse reads the words of a command.
func (c *curl) parse(words []string) error {
	for i := 1; i < len(words); i++ {
		w := words[i]
		next := func(inline string, has bool) string {
			if has {
				return inline
			}
			if i++; i < len(words) {
				return words[i]
			}
			return ""
		}
		switch {
		case strings.HasPrefix(w, "--") && len(w) > 2:
			name, inline, has := strings.Cut(w[2:], "=")
			if set, ok := valued[name]; ok {
				if v := next(inline, has); set != nil {
					set(c, v)
				}
			} else if set := flags[name]; set != nil {
				set(c)
			}
		case strings.HasPrefix(w, "-") && len(w) > 1 && w != "--":
			for j := 1; j < len(w); j++ {
				name := w[j : j+1]
				if set, ok := valued[name]; ok {
					if v := next(strings.TrimPrefix(w[j+1:], "="), j+1 < len(w)); set != nil {
						set(c, v)
					}
					break
				}
				if set := flags[name]; set != nil {
					set(c)
				}
			}
		case w != "--" && w != "":
			c.urls = append(c.urls, w)
		}
	}
	if len(c.urls) == 0 {
		return fault.New(fault.Invalid, "paste.address", "the command has no address").WithHint("it ends with one, such as https://crm.example.com/users")
	}
	return nil
}

// readCurl makes a connection of a curl command.
func readCurl(text string, taken func(kind, name string) bool) (Result, error) {
	words, rest, err := split(strings.TrimSpace(strings.TrimPrefix(text, "$")))
	if err != nil {
		return Result{}, err
	}
	var c curl
	if err := c.parse(words); err != nil {
		return Result{}, err
	}
	u, err := c.address()
	if err != nil {
		return Result{}, err
	}
	m := &maker{Result: Result{What: Curl, Title: u.Hostname(), Notes: c.notes}, taken: taken}
	if rest != "" {
		m.note("What follows the command was left out: " + short(rest) + ".")
	}
	if len(c.urls) > 1 {
		m.note("The command has several addresses; only the first one was taken.")
	}
	system := m.free(config.Connection, nameOf(u.Hostname()))
	fields := map[string]any{}
	addr, path := address(u)
	fields["address"] = addr
	if path != "" {
		fields["path"] = path
	}
	m.query(&c, u, fields)
	m.security(&c, u, system, fields)
	m.extras(&c, fields)
	m.request(&c, system)
	m.add(config.Connection, "rest", system, "", fields)
	return m.Result, nil
}

// address reads the first URL. curl takes http where none is said.
func (c *curl) address() (*url.URL, error) {
	raw := c.urls[0]
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fault.New(fault.Invalid, "paste.address", "the address of the command is no http or https address").
			WithHint("a REST connection needs one such as https://crm.example.com/users")
	}
	return u, nil
}

// credential reports whether a header or parameter of this name holds one.
func credential(name string) bool {
	name = strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
	for _, part := range []string{"apikey", "token", "secret", "password", "authorization", "accesskey", "subscriptionkey", "authkey", "signature"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return slices.Contains([]string{"key", "auth", "sig", "pwd", "xkey"}, name)
}

// query takes the parameters of the address, and of the data where -G is given.
func (m *maker) query(c *curl, u *url.URL, fields map[string]any) {
	text := u.RawQuery
	more := slices.Clone(c.query)
	if c.get {
		more, c.data = append(more, c.data...), nil
	}
	for _, q := range more {
		text = strings.Trim(text+"&"+q, "&")
	}
	values, err := url.ParseQuery(text)
	if err != nil {
		m.note("A part of the query could not be read and was left out.")
	}
	query := map[string]string{}
	for _, name := range sortedKeys(values) {
		switch v := values[name]; {
		case credential(name):
			m.note(fmt.Sprintf("The parameter %q looks like a credential and was left out: a service can read it with ctx.Secret and send it with service.Query.", name))
		default:
			query[name] = v[0]
			if len(v) > 1 {
				m.note(fmt.Sprintf("The parameter %q stands there several times; only its first value was taken.", name))
			}
		}
	}
	if len(query) > 0 {
		fields["query"] = query
	}
}

// security takes the headers, and makes a definition of the credential among
// them. A connection has one; the others are named in a note.
func (m *maker) security(c *curl, u *url.URL, system string, fields map[string]any) {
	headers := map[string]string{}
	define := func(what string, make func() string) {
		if fields["security"] != nil {
			m.note("There is more than one credential in the command; " + what + " was left out, since a connection sends one.")
			return
		}
		fields["security"] = make()
	}
	login := func(user, password string) {
		define("the login", func() string {
			return m.basic(system, user, "the password of "+user+" for "+u.Hostname(), password)
		})
	}
	if c.hasUser {
		user, password, _ := strings.Cut(c.user, ":")
		login(user, password)
	} else if u.User != nil {
		password, _ := u.User.Password()
		login(u.User.Username(), password)
	}
	if c.bearer != "" {
		c.headers = append(c.headers, "Authorization: Bearer "+c.bearer)
	}
	if c.cookie != "" {
		c.headers = append(c.headers, "Cookie: "+c.cookie)
	}
	for _, h := range c.headers {
		name, value, ok := strings.Cut(h, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		lower := strings.ToLower(name)
		switch {
		case !ok || value == "":
		case lower == "authorization" && strings.HasPrefix(strings.ToLower(value), "basic "):
			if pair, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value[6:])); err == nil {
				user, password, _ := strings.Cut(string(pair), ":")
				login(user, password)
			}
		case credential(name) || lower == "cookie":
			define("the header "+name, func() string {
				return m.apiKey(system, name, "the header "+name+" of "+u.Hostname(), value)
			})
		case slices.Contains([]string{"content-length", "host", "connection", "accept-encoding", "content-type", "transfer-encoding"}, lower):
		default:
			headers[name] = value
		}
	}
	if len(headers) > 0 {
		fields["headers"] = headers
	}
}

func (m *maker) extras(c *curl, fields map[string]any) {
	if s, err := strconv.ParseFloat(c.timeout, 64); err == nil && s >= 0.01 && s <= 3600 {
		fields["timeout"] = spec.FormatDuration(time.Duration(s * float64(time.Second)))
	}
	if n, err := strconv.Atoi(c.retries); err == nil && n >= 0 && n <= 20 {
		fields["retries"] = map[string]any{"max": n}
	}
	if p, err := url.Parse(c.proxy); c.proxy != "" && err == nil {
		if p.User != nil {
			m.note("The proxy has a login, which does not belong into a file: set it in HTTPS_PROXY instead.")
		} else {
			fields["proxy"] = c.proxy
		}
	}
}

// request says how a service sends what the command sends.
func (m *maker) request(c *curl, system string) {
	method := c.method
	body := strings.Join(c.data, "&")
	if method == "" {
		method = http.MethodGet
		if len(c.data) > 0 || c.form {
			method = http.MethodPost
		}
	}
	if method == http.MethodGet && body == "" {
		return
	}
	call := fmt.Sprintf("ctx.REST(%q).%s(…)", system, strings.ToUpper(method[:1])+strings.ToLower(method[1:]))
	switch {
	case body == "":
		m.note("The command sends " + method + ": a service does so with " + call + ".")
	case json.Valid([]byte(body)):
		m.note("The command sends " + method + " with JSON: a service does so with " + call + ". The JSON was: " + short(body))
	default:
		m.note("The command sends " + method + " with a body: a service does so with " + call + ".")
	}
}

func short(s string) string {
	if s = strings.Join(strings.Fields(s), " "); len(s) > 200 {
		return strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}
