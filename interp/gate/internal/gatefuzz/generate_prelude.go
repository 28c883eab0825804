package gatefuzz

// prelude is what every program of the grammar declares.
const prelude = `type Num int

const (
	Low Num = iota * 2
	Mid
	High
)

type Item struct {
	A int
	B string
	C []int
}

type Key struct {
	S string
	N int
}

func (i Item) Sum(n int) int { return i.A + len(i.B) + n }
func (i Item) With(n int) Item { i.A = n; return i }
func (i *Item) Grow(n int) { i.A += n; if len(i.B) < 20 { i.B += "+" } }

var zero = 0

func out(xs ...any) { fmt.Println(xs...) }
func trace[T any](s string, v T) T { out("trace", s); return v }
func val[T any](v T) T { return v }
func double(n int) int { return n * 2 }
func hello() string { return "hello" }
func adder(n int) func(int) int { return func(m int) int { return n + m } }
func apply(fn func(int) int, n int) int { return fn(n) }
func at(s []int, i int) int {
	if i < 0 || i >= len(s) {
		return -1
	}
	return s[i]
}
func total(s ...int) (n int) {
	for _, e := range s {
		n += e
	}
	return
}
func cut(s string, n int) string {
	if len(s) > 60 {
		s = s[:5]
	}
	if n >= 0 && n < len(s) {
		return s[n:]
	}
	return s
}
func push(s []int, n int) []int {
	if len(s) > 20 {
		s = s[:3]
	}
	return append(s[:len(s):len(s)], n)
}
func first(s []Item) Item {
	if len(s) == 0 {
		return Item{B: "none"}
	}
	return s[0]
}
func first3[T any](s []T) []T { return s[:min(len(s), 3)] }
func pick(s []Item) *Item {
	if len(s) == 0 {
		return &Item{B: "new"}
	}
	return &s[len(s)-1]
}
func deref(p *Item) Item {
	if p == nil {
		return Item{}
	}
	return *p
}
func counts(s []string) map[string]int {
	m := map[string]int{}
	for _, e := range s {
		m[e]++
	}
	return m
}
func sorted(s []int) []int {
	c := append([]int{}, s...)
	sort.Slice(c, func(i, j int) bool { return c[i] < c[j] })
	return c
}

var (
	_ = errors.New
	_ = strings.ToUpper
	_ = strconv.Itoa
	_ = fmt.Sprint
)

`

// preludes are what the programs declare that use a feature.
var preludes = map[string]string{
	"stringer": `func (n Num) String() string { return "num" + strconv.Itoa(int(n)) }
`,
	"embed": `type Wide struct {
	Item
	W int
}

func (w Wide) Area() int { return w.W * w.A }
func wide(n int) *Wide { return &Wide{Item: Item{A: n, B: "w"}, W: n} }
`,
	"iface": `type Shape interface {
	Area() int
	Name() string
}
type Square struct{ Side int }
func (s Square) Area() int { return s.Side * s.Side }
func (s Square) Name() string { return "square" }
type Circle struct{ R int }
func (c *Circle) Area() int { c.R++; return 3 * c.R }
func (c *Circle) Name() string { return "circle" + strconv.Itoa(c.R) }
func nameOf(s Shape) string {
	if s == nil {
		return "nil"
	}
	return s.Name()
}
`,
	"generic": `type Pair[K comparable, V any] struct {
	K K
	V V
}
func MakePair[K comparable, V any](k K, v V) Pair[K, V] { return Pair[K, V]{k, v} }
type Stack[T any] struct{ items []T }
func NewStack[T any](items ...T) *Stack[T] { return &Stack[T]{items: items} }
func (s *Stack[T]) Push(v T) { s.items = append(s.items, v) }
func (s *Stack[T]) Pop() (v T, ok bool) {
	if len(s.items) == 0 {
		return v, false
	}
	v = s.items[len(s.items)-1]
	s.items = s.items[:len(s.items)-1]
	return v, true
}
func (s Stack[T]) Len() int { return len(s.items) }
func Reduce[T, U any](s []T, u U, fn func(U, T) U) U {
	for _, e := range s {
		u = fn(u, e)
	}
	return u
}
func Convert[T, U any](s []T, fn func(T) U) []U {
	out := make([]U, 0, len(s))
	for _, e := range s {
		out = append(out, fn(e))
	}
	return out
}
func Keep[T any](s []T, fn func(T) bool) (kept []T) {
	for _, e := range s {
		if fn(e) {
			kept = append(kept, e)
		}
	}
	return
}
func Largest[T cmp.Ordered](a, b T) T {
	if a > b {
		return a
	}
	return b
}
`,
	"errtype": `var errBase = errors.New("base")
type Fail struct{ Code int }
func (f *Fail) Error() string { return "fail " + strconv.Itoa(f.Code) }
func check(n int) error {
	switch {
	case n < 0:
		return &Fail{Code: n}
	case n == 0:
		return errBase
	}
	return nil
}
func fail(err error) string {
	var fe *Fail
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &fe):
		return "code " + strconv.Itoa(fe.Code)
	case errors.Is(err, errBase):
		return "base"
	}
	return err.Error()
}
`,
	"anyval": `func kind(v any) string {
	switch w := v.(type) {
	case nil:
		return "nil"
	case int, uint8:
		return fmt.Sprint("number ", w)
	case string:
		return "text " + w
	case []int:
		return "list " + strconv.Itoa(len(w))
	}
	return "other"
}
`,
	"arrays": `type Grid [2][2]int
`,
	"rangefunc": `func count(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := 0; i < n && i < 5; i++ {
			if !yield(i) {
				return
			}
		}
	}
}
func collect(seq func(func(int) bool)) (s []int) {
	for e := range seq {
		s = append(s, e)
	}
	return
}
`,
	"json": `func encode(i Item) string {
	b, err := json.Marshal(i)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
`,
}
