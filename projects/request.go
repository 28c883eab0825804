package projects

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"mortise/runtime/config"
	"mortise/runtime/fault"
	"mortise/runtime/spec"
)

// RequestsFolder holds the saved invocations of a project, one a file. The runtime
// does not read them.
const RequestsFolder = "requests"

// Bounds of saved invocations.
const (
	maxRequests = 2000
	maxInput    = 256 << 10 // bytes of an input
)

// Request is a saved invocation of a service: the file requests/<name>.yaml.
type Request struct {
	Name    string // without it in the file, the base of the file's name
	Service string
	About   string
	Input   string // as a person typed it: name=value pairs or JSON
	File    string // relative to the project; "" for a new one
}

// Fields binds the keys of the file.
func (r *Request) Fields(f *spec.Fields) {
	f.Text("name", &r.Name).Help("Name of the request; without it that of its file.")
	f.Text("description", &r.About).Range(0, 10_000).Help("What it is for.")
	f.Text("service", &r.Service).Need().Range(1, 300).Help("Service that is invoked.")
	f.Text("input", &r.Input).Range(0, maxInput).Help("Input: name=value pairs, or JSON.")
}

// Requests returns the saved invocations, sorted by name, and what is wrong with
// those that cannot be read.
func (p *Project) Requests(ctx context.Context) ([]Request, fault.List) {
	names, err := p.ListFolder(RequestsFolder, ".yaml", maxRequests)
	if err != nil {
		return nil, fault.All(err)
	}
	var found []Request
	var faults fault.List
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, fault.List{fault.Wrap(fault.Canceled, "request.read", err, "read the saved requests")}
		}
		r, wrong := p.request(name)
		if faults = append(faults, wrong...); len(wrong) == 0 {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b Request) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.File, b.File))
	})
	return found, faults
}

func (p *Project) request(file string) (Request, fault.List) {
	data, err := p.ReadFile(file, spec.MaxDocument)
	if err != nil {
		return Request{}, fault.List{fault.As(err).WithAt(fault.Position{File: file})}
	}
	node, faults := spec.Parse(data, file)
	if len(faults) > 0 {
		return Request{}, faults
	}
	r := Request{File: file}
	faults = spec.Decode(node, file, &r)
	r.Name = cmp.Or(r.Name, config.NameOfFile(file))
	return r, faults
}

// WriteRequest saves an invocation in place of the one of its name, or as a new
// one, and returns it with the name of its file.
func (p *Project) WriteRequest(ctx context.Context, r Request) (Request, error) {
	text, file, err := p.RenderRequest(ctx, r)
	if err != nil {
		return r, err
	}
	r.File = file
	return r, p.WriteFile(file, text)
}

// RenderRequest returns the file that WriteRequest would write, and its name.
func (p *Project) RenderRequest(ctx context.Context, r Request) (text []byte, file string, err error) {
	if err := spec.CheckName(r.Name); err != nil {
		return nil, "", fault.New(fault.Invalid, "request.name", "save a request: %v", err)
	}
	if strings.TrimSpace(r.Service) == "" {
		return nil, "", fault.New(fault.Invalid, "request.service", "save the request %q: it names no service", r.Name)
	}
	if len(r.Input) > maxInput {
		return nil, "", fault.New(fault.Invalid, "request.large", "save the request %q: its input has more than %s", r.Name, spec.FormatSize(maxInput))
	}
	file = path.Join(RequestsFolder, FileName(r.Name)+".yaml")
	all, _ := p.Requests(ctx) // what is wrong with others is not for here
	if i := slices.IndexFunc(all, func(x Request) bool { return x.Name == r.Name }); i >= 0 {
		file = all[i].File
	} else if slices.ContainsFunc(all, func(x Request) bool { return x.File == file }) {
		return nil, "", fault.New(fault.Conflict, "request.exists", "save the request %q: there is a file %q of another one already", r.Name, file).
			WithHint("choose another name")
	}
	if r.Name == config.NameOfFile(file) {
		r.Name = ""
	}
	if old, err := p.read(file); err == nil {
		text, err = edit(old, spec.EncodeNode(&r))
		return text, file, err
	}
	text, err = spec.Encode(&r)
	return text, file, err
}
