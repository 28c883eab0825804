package importers_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"mortise/projects/importers"
	"mortise/runtime/fault"
)

// shown is a result in a form that fits a table.
func shown(r importers.Result) string {
	var b strings.Builder
	for _, o := range r.Objects {
		fmt.Fprintf(&b, "%s %s %q %s\n", o.Kind, o.Type, o.Name, o.Config)
	}
	for _, s := range r.Secrets {
		fmt.Fprintf(&b, "secret %s = %s\n", s.Name, s.Value)
	}
	return b.String()
}

func TestCurl(t *testing.T) {
	tests := []struct{ name, text, want, note string }{
		{"plain", "curl https://crm.example.com/users/5", `connection rest "crm" {"address":"https://crm.example.com","path":"/users/5"}`, ""},
		{"no scheme", "$ curl localhost:8080", `connection rest "localhost" {"address":"http://localhost:8080"}`, ""},
		{
			"api in front", "curl 'https://api.github.com/user?page=2&page=3' -H 'Accept: application/json'",
			`connection rest "github" {"address":"https://api.github.com","headers":{"Accept":"application/json"},"path":"/user","query":{"page":"2"}}`, "several times",
		},
		{"key", "curl -XGET -H 'X-API-Key: abc' http://a.example/x", `security api-key "a key" {"header":"X-API-Key","key":{"secret":"a/api-key"}}
connection rest "a" {"address":"http://a.example","path":"/x","security":"a key"}
secret a/api-key = abc`, ""},
		{"bearer", `curl https://a.example/ -H "Authorization: Bearer x\"y\$z"`, `security api-key "a key" {"header":"Authorization","key":{"secret":"a/api-key"}}
connection rest "a" {"address":"https://a.example","security":"a key"}
secret a/api-key = Bearer x"y$z`, ""},
		{"login", "curl -u me:s3:cret -m 2.5 --retry=3 -sSL https://a.example", `security basic-auth "a login" {"password":{"secret":"a/password"},"username":"me"}
connection rest "a" {"address":"https://a.example","retries":{"max":3},"security":"a login","timeout":"2.5s"}
secret a/password = s3:cret`, ""},
		{"login in the address", "curl https://me:pw@a.example/", `security basic-auth "a login" {"password":{"secret":"a/password"},"username":"me"}
connection rest "a" {"address":"https://a.example","security":"a login"}
secret a/password = pw`, ""},
		{"basic header", "curl -H 'Authorization: Basic bWU6cHc=' https://a.example", `security basic-auth "a login" {"password":{"secret":"a/password"},"username":"me"}
connection rest "a" {"address":"https://a.example","security":"a login"}
secret a/password = pw`, ""},
		{"two credentials", "curl -u me:pw -H 'X-Token: t' https://a.example", `security basic-auth "a login" {"password":{"secret":"a/password"},"username":"me"}
connection rest "a" {"address":"https://a.example","security":"a login"}
secret a/password = pw`, "more than one credential"},
		{
			"post", "curl \\\n  -X POST \\\n  --data-raw '{\"a\": \"it'\\''s\"}' \\\n  -H 'Content-Type: application/json' \\\n  https://a.example/new",
			`connection rest "a" {"address":"https://a.example","path":"/new"}`, `ctx.REST("a").Post(…). The JSON was: {"a": "it's"}`,
		},
		{"get with data", "curl -G https://a.example/s -d q=mike --data-urlencode 'name=A B' -d api_key=5", `connection rest "a" {"address":"https://a.example","path":"/s","query":{"name":"A B","q":"mike"}}`, `"api_key" looks like a credential`},
		{"data", "curl --url https://a.example -d a=1 -d b=2", `connection rest "a" {"address":"https://a.example"}`, "sends POST with a body"},
		{"form", "curl -F file=@x.txt https://a.example", `connection rest "a" {"address":"https://a.example"}`, `The part "file"`},
		{"insecure", "curl -ks https://a.example", `connection rest "a" {"address":"https://a.example"}`, "The option -k"},
		{"ANSI quotes", `curl https://a.example -H $'X-Note: a\'b\u00e4\x41'`, `connection rest "a" {"address":"https://a.example","headers":{"X-Note":"a'bäA"}}`, ""},
		{"cmd", "curl ^\"https://a.example/x?a=1^&b=2^\" ^\n  -H ^\"X-Note: say ^\\^\"hi^\\^\"^\" ^\n  --compressed", `connection rest "a" {"address":"https://a.example","headers":{"X-Note":"say \"hi\""},"path":"/x","query":{"a":"1","b":"2"}}`, ""},
		{"cmd with a plain quote", "curl.exe \"https://a.example/x\" ^\r\n -d \"{\\\"a\\\":1}\"", `connection rest "a" {"address":"https://a.example","path":"/x"}`, `The JSON was: {"a":1}`},
		{"pipe", "curl -s https://a.example/x | jq .", `connection rest "a" {"address":"https://a.example","path":"/x"}`, "What follows the command was left out: | jq ."},
		{"unknown long option", "curl --tcp-nodelay https://a.example", `connection rest "a" {"address":"https://a.example"}`, ""},
		{"proxy", "curl -x http://proxy:3128 https://a.example", `connection rest "a" {"address":"https://a.example","proxy":"http://proxy:3128"}`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := importers.Read(tt.text, nil)
			if err != nil {
				t.Fatalf("Read(%q): %v", tt.text, err)
			}
			if got := strings.TrimSpace(shown(r)); got != tt.want {
				t.Errorf("Read(%q) =\n%s\nwant\n%s", tt.text, got, tt.want)
			}
			notes := strings.Join(r.Notes, "\n")
			if !strings.Contains(notes, tt.note) || (tt.note == "") != (notes == "") {
				t.Errorf("Read(%q) has the notes %q, want %q", tt.text, notes, tt.note)
			}
		})
	}
}

func TestNamesAreFree(t *testing.T) {
	r, err := importers.Read("curl -u a:b https://crm.example.com", func(kind, name string) bool { return kind == "connection" && name == "crm" })
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Objects[len(r.Objects)-1].Name; got != "crm 2" {
		t.Errorf("beside a connection %q the new one is called %q, want %q", "crm", got, "crm 2")
	}
}

func TestOpenAPI(t *testing.T) {
	tests := []struct{ name, text, want, note string }{
		{"3.0", `openapi: 3.0.3
info: {title: The CRM API, version: "1"}
servers:
  - url: https://{env}.crm.example.com/v1/
    description: Production
    variables: {env: {default: eu, enum: [eu, us]}}
  - url: https://sandbox.crm.example.com
    description: Sandbox
security: [{key: []}]
components:
  securitySchemes:
    a: {type: oauth2, flows: {}}
    key: {type: apiKey, in: header, name: X-Key}
paths: {/users: {get: {}}, /orders: {get: {}}}
`, `security api-key "CRM key" {"header":"X-Key","key":{"secret":"crm/api-key"}}
connection rest "CRM" {"address":"https://eu.crm.example.com/v1","security":"CRM key"}
connection rest "CRM Sandbox" {"address":"https://sandbox.crm.example.com","security":"CRM key"}
secret crm/api-key =`, "2 paths"},
		{
			"3.1 as JSON", `{"openapi":"3.1.0","info":{"title":"API"},"servers":[{"url":"https://api.shop.example"}],"components":{"securitySchemes":{"b":{"type":"http","scheme":"bearer"}}}}`,
			`security api-key "shop key" {"header":"Authorization","key":{"secret":"shop/api-key"}}
connection rest "shop" {"address":"https://api.shop.example","security":"shop key"}
secret shop/api-key =`, "Bearer",
		},
		{"2.0", `swagger: "2.0"
info: {title: Petstore}
host: petstore.example
basePath: /v2
schemes: [http, https]
securityDefinitions: {basic: {type: basic}}
`, `security basic-auth "Petstore login" {"password":{"secret":"petstore/password"},"username":"user"}
connection rest "Petstore" {"address":"https://petstore.example/v2","security":"Petstore login"}
secret petstore/password =`, "user name"},
		{"no server", "openapi: 3.0.0\ninfo: {title: Billing}\n", `connection rest "Billing" {"address":"https://"}`, "names no server"},
		{"relative server", "openapi: 3.0.0\ninfo: {title: Billing}\nservers: [{url: /v1}]\n", `connection rest "Billing" {"address":"https://"}`, "no whole address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := importers.Read(tt.text, nil)
			if err != nil {
				t.Fatalf("Read: %v", err)
			}
			if got := strings.TrimSpace(shown(r)); got != tt.want {
				t.Errorf("Read =\n%s\nwant\n%s", got, tt.want)
			}
			if notes := strings.Join(r.Notes, "\n"); !strings.Contains(notes, tt.note) {
				t.Errorf("the notes are %q, want %q", notes, tt.note)
			}
		})
	}
}

func TestWrong(t *testing.T) {
	bomb := "openapi: 3.0.0\na: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 9), ","))
	}
	for text, code := range map[string]string{
		"":                              "paste.empty",
		"hello":                         "paste.unknown",
		"curl":                          "paste.address",
		"curl -H 'X: y":                 "paste.quote",
		"curl ftp://a.example":          "paste.address",
		"openapi: 4.0.0":                "paste.version",
		"{\"a\": 1}":                    "paste.unknown",
		"{\"openapi\": \"3.0.0\"":       "paste.unknown",
		strings.Repeat("x", 4<<20+1):    "paste.large",
		strings.Repeat("[", 100_000):    "paste.unknown",
		strings.Repeat("- ", 100_000):   "paste.unknown",
		bomb + "servers: *k\npaths: *k": "paste.unknown",
	} {
		_, err := importers.Read(text, nil)
		if err == nil || fault.As(err).Code != code {
			t.Errorf("Read(%.40q) = %v, want %s", text, err, code)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"curl -u a:b https://x.y/z?a=b -H 'A: b'", "openapi: 3.0.0\nservers: [{url: https://a.b}]", `curl ^"https://a^" ^` + "\n -H ^\"b: c^\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := importers.Read(text, nil)
		if err != nil {
			return
		}
		for _, o := range r.Objects {
			if o.Name == "" || !json.Valid(o.Config) {
				t.Errorf("Read(%q) made %+v", text, o)
			}
		}
	})
}
