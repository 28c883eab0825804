package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mortise/build/compiler"
	"mortise/projects"
	"mortise/runtime/config"
	"mortise/runtime/engine"
	"mortise/runtime/fault"
	"mortise/runtime/invoke"
	"mortise/runtime/observe"
	"mortise/runtime/serve"
	"mortise/runtime/service"
	"mortise/runtime/shape"
	"mortise/runtime/worker"
)

// The measured service: JSON in, JSON out, with a key.
const benchSource = `// Package users is measured.
package users

import (
	"strings"

	"mortise/runtime/service"
)

// In goes in.
type In struct {
	Name  string   ` + "`json:\"name\"`" + `
	Count int      ` + "`json:\"count\"`" + `
	Tags  []string ` + "`json:\"tags\"`" + `
}

// Out comes out.
type Out struct {
	Greeting string   ` + "`json:\"greeting\"`" + `
	Total    int      ` + "`json:\"total\"`" + `
	Tags     []string ` + "`json:\"tags\"`" + `
}

// Get answers.
func Get(ctx *service.Context, in In) (Out, error) {
	return Out{Greeting: "Hello " + strings.ToUpper(in.Name), Total: in.Count * 2, Tags: in.Tags}, nil
}
`

const benchBody = `{"name":"Mike","count":21,"tags":["one","two","three"]}`

type benchIn struct {
	Name  string   `json:"name"`
	Count int      `json:"count"`
	Tags  []string `json:"tags"`
}

type benchOut struct {
	Greeting string   `json:"greeting"`
	Total    int      `json:"total"`
	Tags     []string `json:"tags"`
}

func answer(in benchIn) benchOut {
	return benchOut{Greeting: "Hello " + strings.ToUpper(in.Name), Total: in.Count * 2, Tags: in.Tags}
}

// linked is a program of one service that is linked into this binary.
type linked struct{}

func (linked) Build(context.Context, fs.FS) (worker.Program, fault.List, error) {
	return linked{}, nil, nil
}

func (linked) Services() []shape.Service {
	text, number := &shape.Type{Kind: shape.Text}, &shape.Type{Kind: shape.Int, Bits: 64}
	in := &shape.Type{Kind: shape.Object, Fields: []*shape.Field{
		{Name: "name", Required: true, Type: text},
		{Name: "count", Required: true, Type: number},
		{Name: "tags", Required: true, Type: &shape.Type{Kind: shape.List, Nullable: true, Elem: text}},
	}}
	return []shape.Service{{Name: "users.Get", In: in}, {Name: "users.Nothing"}}
}

func (linked) Uses() []worker.Use { return nil }

func (linked) Start(context.Context) (worker.Executor, error) {
	return worker.NewLinked(map[string]service.Func{
		"users.Get": func(_ *service.Context, data []byte) ([]byte, error) {
			var in benchIn
			if err := json.Unmarshal(data, &in); err != nil {
				return nil, err
			}
			return json.Marshal(answer(in))
		},
		"users.Nothing": func(*service.Context, []byte) ([]byte, error) { return nil, nil },
	}, worker.LinkedOptions{}), nil
}

// benchProject writes a project with the measured service behind a key.
func benchProject(b *testing.B) string {
	b.Helper()
	dir := filepath.Join(b.TempDir(), "bench")
	p, err := projects.Create(b.Context(), projects.New{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	for name, data := range map[string]string{
		"services/users/users.go": benchSource,
		"channels/get.yaml":       "name: get\ntype: rest\npath: /get\nmethods: [POST]\nservice: users.Get\nsecurity: key\n",
		"security/key.yaml":       "name: key\ntype: api-key\nkey: {secret: key}\n",
	} {
		put(b, dir, name, data)
	}
	return dir
}

func put(tb testing.TB, dir, name, data string) {
	tb.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		tb.Fatal(err)
	}
	// As editors save: beside the file, then renamed over it.
	if err := os.WriteFile(file+"~", []byte(data), 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.Rename(file+"~", file); err != nil {
		tb.Fatal(err)
	}
}

// benchEnv is a command's world whose workers are this test binary. The compiler
// is unpacked where the scripts have it.
func benchEnv(b *testing.B) *Env {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		b.Fatal(err)
	}
	return &Env{
		Lookup: func(name string) (string, bool) { return "abc", name == "MORTISE_SECRET_KEY" },
		Dir:    b.TempDir(), ConfigDir: b.TempDir(), CacheDir: filepath.Join(cache, "mortise-test"), Executable: self,
	}
}

// benchHost serves a project with the log and the metrics that a server has.
// Without a builder it is mortise's own, and way says how services run.
func benchHost(b *testing.B, dir string, builder engine.Builder, way string) *serve.Host {
	b.Helper()
	env := benchEnv(b)
	p, err := env.machine().Open(dir, "")
	if err != nil {
		b.Fatal(err)
	}
	p.Engine = way
	terminal, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	log := observe.NewLog(observe.LogOptions{Writer: terminal, File: p.State("logs", "server.log")})
	if builder == nil {
		builder = p.Builder(b.Context(), log.Logger(), false)
	}
	changes, stop, err := watchFiles(b.Context(), p.Root(), log.Logger())
	if err != nil {
		b.Fatal(err)
	}
	host, err := serve.Start(b.Context(), serve.Options{
		Dir: p.Root(), Load: p.Load, Builder: builder, Secrets: p.Secrets, Log: log, Getenv: env.Lookup,
		Listen: "127.0.0.1:0", Changes: changes,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeWait)
		defer cancel()
		if err := host.Stop(ctx); err != nil {
			b.Error(err)
		}
		stop()
		_ = p.Close()
		_ = log.Close()
		_ = terminal.Close()
	})
	if report, err := host.Report(b.Context()); err != nil || len(report.Faults) > 0 {
		b.Fatalf("the project does not run: %v %v", err, report.Faults.Err())
	}
	return host
}

// client sends the same request again and again over one connection, with as
// little work of its own as can be, so that the server is what is measured.
type client struct {
	conn    net.Conn
	reader  *bufio.Reader
	text    *textproto.Reader
	request []byte
}

func dial(b *testing.B, url, path string) *client {
	b.Helper()
	address := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	r := bufio.NewReader(conn)
	return &client{conn, r, textproto.NewReader(r), fmt.Appendf(nil,
		"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nX-API-Key: abc\r\nContent-Length: %d\r\n\r\n%s", path, address, len(benchBody), benchBody)}
}

func (c *client) do() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	line, err := c.text.ReadLineBytes()
	if err != nil {
		return err
	}
	if string(line) != "HTTP/1.1 200 OK" {
		return fmt.Errorf("the answer is %s", line)
	}
	length := 0
	for {
		if line, err = c.text.ReadLineBytes(); err != nil {
			return err
		}
		if len(line) == 0 {
			_, err := c.reader.Discard(length)
			return err
		}
		if value, ok := strings.CutPrefix(string(line), "Content-Length: "); ok {
			if length, err = strconv.Atoi(value); err != nil {
				return err
			}
		}
	}
}

// rounds is how many one measurement has: one of them says little.
const rounds = 9

// round is how long one server is measured before the next has its turn.
const round = 250 * time.Millisecond

// load sends requests over eight connections for one round and returns how many
// were answered in a second, and how many microseconds of processor time each
// took; 0 where that is not known.
func load(b *testing.B, clients []*client) (rate, cpu float64) {
	b.Helper()
	var count atomic.Int64
	var wg sync.WaitGroup
	before, _ := spent()
	start := time.Now()
	for _, c := range clients {
		wg.Go(func() {
			n := int64(0)
			for time.Since(start) < round {
				if err := c.do(); err != nil {
					b.Error(err)
					break
				}
				n++
			}
			count.Add(n)
		})
	}
	wg.Wait()
	took, answered := time.Since(start), float64(count.Load())
	if after, ok := spent(); ok {
		cpu = float64((after - before).Nanoseconds()) / 1e3 / answered
	}
	return answered / took.Seconds(), cpu
}

func dialAll(b *testing.B, url string) []*client {
	b.Helper()
	clients := make([]*client, 8)
	for i := range clients {
		clients[i] = dial(b, url, "/get")
		b.Cleanup(func() { clients[i].conn.Close() })
	}
	return clients
}

// spent returns the time for which this process and its children have had a
// processor; ok is false on systems that do not tell.
func spent() (time.Duration, bool) {
	self := os.Getpid()
	pids := []string{strconv.Itoa(self)}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", self))
	for _, t := range tasks {
		data, _ := os.ReadFile(t) // the thread may have ended
		pids = append(pids, strings.Fields(string(data))...)
	}
	var total time.Duration
	for _, pid := range pids {
		files, _ := filepath.Glob("/proc/" + pid + "/task/*/schedstat")
		for _, f := range files {
			data, _ := os.ReadFile(f)
			if fields := strings.Fields(string(data)); len(fields) > 0 {
				n, _ := strconv.ParseInt(fields[0], 10, 64)
				total += time.Duration(n)
			}
		}
	}
	return total, total > 0
}

// BenchmarkHTTP measures four servers in turn, so that what else the machine
// does meets all of them, and reports each one's share of what a bare handler of
// net/http that does the same JSON work answers. Beside that it reports how much
// processor time one request takes of client, server and worker together, which
// a machine with other work to do changes less.
func BenchmarkHTTP(b *testing.B) {
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in benchIn
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		out, err := json.Marshal(answer(in))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(out)
	}))
	defer bare.Close()
	servers := [][]*client{
		dialAll(b, bare.URL),
		dialAll(b, benchHost(b, benchProject(b), linked{}, "").URL()),
		dialAll(b, benchHost(b, benchProject(b), nil, config.EngineInterpreted).URL()),
	}
	if hasCompiler() {
		servers = append(servers, dialAll(b, benchHost(b, benchProject(b), nil, config.EngineCompiled).URL()))
	}
	var shares, costs [4][]float64
	for b.Loop() {
		for range rounds {
			var got [4]float64
			for i, clients := range servers {
				var cpu float64
				got[i], cpu = load(b, clients)
				costs[i] = append(costs[i], cpu)
			}
			shares[0] = append(shares[0], got[0])
			for i := range got[1:] {
				shares[1+i] = append(shares[1+i], got[1+i]/got[0])
			}
		}
	}
	for i, unit := range []string{"bare-req/s", "linked/bare", "interpreted/bare", "compiled/bare"}[:len(servers)] {
		slices.Sort(shares[i])
		slices.Sort(costs[i])
		b.ReportMetric(shares[i][len(shares[i])/2], unit)
		if cpu := costs[i][len(costs[i])/2]; cpu > 0 {
			name, _, _ := strings.Cut(unit, "/")
			b.ReportMetric(cpu, strings.TrimSuffix(name, "-req")+"-cpu-µs")
		}
	}
}

func BenchmarkLinkedCall(b *testing.B) {
	e := benchHost(b, benchProject(b), linked{}, "").Engine()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Invoke(b.Context(), invoke.Call{Service: "users.Nothing"}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1e3/float64(b.N), "µs")
}

// BenchmarkSaveToLive measures from the write of a file to the first answer of
// the new version, as a caller sees it: of a service that answers interpreted at
// first, until the same one is compiled, and of one that waits for that.
func BenchmarkSaveToLive(b *testing.B) {
	long := longSource()
	b.Run("admitted", func(b *testing.B) { saveToLive(b, benchSource, "") })
	if !hasCompiler() {
		return
	}
	b.Run("compiled", func(b *testing.B) { saveToLive(b, long, worker.Compiled) })
	refused := strings.Replace(strings.Replace(long, `"strings"`, "\"reflect\"\n\t\"strings\"", 1), "in.Count * 2", `in.Count * 2 * reflect.TypeOf(in).Field(0).Index[0]`, 1)
	b.Run("refused", func(b *testing.B) { saveToLive(b, refused, "") })
}

// longSource is the measured service with as much beside it as makes 200 lines.
func longSource() string {
	var s strings.Builder
	s.WriteString(benchSource)
	for i := 0; strings.Count(s.String(), "\n") < 200; i++ {
		fmt.Fprintf(&s, "\nfunc helper%d(in In) map[string]int {\n\tout := map[string]int{}\n\tfor i, t := range in.Tags {\n"+
			"\t\tif strings.HasPrefix(t, in.Name) {\n\t\t\tout[t] += in.Count + i + %d\n\t\t}\n\t}\n\treturn out\n}\n", i, i)
	}
	return s.String()
}

// saveToLive saves a service in ever new versions. With an engine it waits until
// that one answers.
func saveToLive(b *testing.B, source, engine string) {
	b.Helper()
	dir := benchProject(b)
	put(b, dir, "services/users/users.go", source)
	host := benchHost(b, dir, nil, "")
	settled := func() bool {
		s := host.Engine().Services()[0]
		return !s.Compiling && s.Engine != ""
	}
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		want := fmt.Sprintf("Version %d %d ", time.Now().UnixNano(), n)
		for !settled() && hasCompiler() {
			time.Sleep(10 * time.Millisecond) // what is measured begins on a machine that is otherwise idle
		}
		time.Sleep(150 * time.Millisecond) // as slow as a person at least, who never saves twice within the start of a spare
		start := time.Now()
		put(b, dir, "services/users/users.go", strings.Replace(source, "Hello ", want, 1))
		for {
			result, err := host.Engine().Invoke(b.Context(), invoke.Call{Service: "users.Get", Input: []byte(benchBody)})
			if err != nil {
				b.Fatal(err)
			}
			if strings.Contains(string(result.Body), want) {
				break
			}
			time.Sleep(time.Millisecond) // so that the caller takes no time from the compiler
		}
		for engine != "" && host.Engine().Services()[0].Engine != engine {
			time.Sleep(time.Millisecond) // the same
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1e3, "ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1e3, "p95-ms")
}

// hasCompiler reports whether the compiler travels with this build.
func hasCompiler() bool {
	return compiler.New(compiler.Options{Dir: os.TempDir()}).Available() == nil
}
