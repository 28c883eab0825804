package api

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"mortise/interp/check"
	"mortise/projects"
	"mortise/runtime/config"
	"mortise/runtime/connectors/rest"
	"mortise/runtime/control"
	"mortise/runtime/schedule"
	"mortise/runtime/security"
	"mortise/runtime/store"
)

// The names that the tutorial speaks of. Only those that code or other objects
// refer to have to be the very same.
const (
	tutorialHello   = "demo.Hello"
	tutorialService = "users.GetDetails"
	tutorialSource  = "services/users/users.go"
	tutorialSecret  = "tutorial/api-key"
	crmPath         = "/tutorial/api/get-user"
	billingPath     = "/tutorial/api/balance/get"
)

// lesson is what the steps of the tutorial look at.
type lesson struct {
	o       *opened
	project *config.Project // nil where it cannot be read
	checked *check.Project  // nil likewise
	state   control.State   // the zero value where nothing runs
	seen    []string        // steps that were seen to be done earlier
	self    string          // the address of the runtime
}

// step is one step and how it is seen to be done.
type step struct {
	TutorialStep

	// look says whether the step is done and, where it was begun, what is missing.
	look func(ctx context.Context, l *lesson) (done bool, why string)
	// lasting says that it stays done, since the runtime alone shows it.
	lasting bool
}

// tutorialState is the event tutorial.
func (s *Studio) tutorialState(ctx context.Context) Tutorial {
	o, err := s.open()
	if err != nil || o.Template() != tutorialTemplate || o.local.get().TutorialHidden {
		return Tutorial{Steps: []TutorialStep{}}
	}
	return o.tutorial(ctx)
}

// tutorial returns the checklist as the project is.
func (o *opened) tutorial(ctx context.Context) Tutorial {
	l := &lesson{o: o, seen: o.local.get().TutorialSeen}
	if l.project, _ = o.Load(ctx); l.project != nil {
		l.checked = o.Checker.Check(ctx, l.project.Source)
	}
	if h, err := o.running(); err == nil {
		l.state, _ = h.State(ctx) // without it what only shows there is not done
		l.self = h.URL()
	}
	out := Tutorial{}
	var news []string
	for _, x := range tutorialSteps() {
		if x.lasting && slices.Contains(l.seen, x.ID) {
			x.Done = true
		} else if x.Done, x.Why = x.look(ctx, l); x.Done {
			x.Why = ""
			if x.lasting {
				news = append(news, x.ID)
			}
		}
		if !x.Done && out.Next == "" {
			out.Next = x.ID
		}
		out.Steps = append(out.Steps, x.TutorialStep)
	}
	if len(news) > 0 {
		err := o.local.change(func(f *localFile) {
			for _, id := range news {
				if !slices.Contains(f.TutorialSeen, id) {
					f.TutorialSeen = append(slices.Clone(f.TutorialSeen), id)
				}
			}
		})
		if err != nil {
			o.log.Logger().WarnContext(ctx, "a step of the tutorial is not remembered", "error", err)
		}
	}
	return out
}

// CheckTutorial looks again and returns the checklist.
func (s *Studio) CheckTutorial(ctx context.Context, _ None) (Tutorial, error) {
	if _, _, err := s.ready(ctx); err != nil {
		if _, err := s.open(); err != nil {
			return Tutorial{}, err
		}
	}
	return s.tutorialState(ctx), nil
}

// HideTutorial hides the checklist of this project, or shows it again.
func (s *Studio) HideTutorial(_ context.Context, in Hide) (None, error) {
	o, err := s.open()
	if err != nil {
		return None{}, err
	}
	err = o.local.change(func(f *localFile) { f.TutorialHidden = in.Hidden })
	o.changed("tutorial")
	return None{}, err
}

// tutorialSteps returns the steps, in the order in which they are easiest.
func tutorialSteps() []step {
	source, _ := projects.TemplateFile("tutorial-finished", tutorialSource) // a test holds that it is there
	return []step{
		{TutorialStep{
			ID: "hello", Title: "Run a service", Action: "service.select:" + tutorialHello, Copy: "name=Mike",
			Text: "A service is a function. This project has one that greets people: `demo.Hello`.\n\n" +
				"Choose it on the left, click into its parameters on the right, type `name=Mike`, and press Ctrl+Enter.",
		}, lookHello, true},
		{TutorialStep{
			ID: "crm", Title: "Name the CRM", Action: "object.new:connection",
			Text: "Services know other systems by name. Make a connection of the type REST:\n\n" +
				"Name: `CRM`\n\nAddress: `${self}`\n\nPath: `" + crmPath + "`\n\n" +
				"`${self}` is this runtime itself: the CRM of the tutorial is a stand-in in this project, so you need no network.",
		}, func(_ context.Context, l *lesson) (bool, string) { return l.connection("CRM", crmPath) }, false},
		{TutorialStep{
			ID: "billing", Title: "Name the billing system", Action: "object.new:connection",
			Text: "Make a second connection of the type REST:\n\nName: `Billing`\n\nAddress: `${self}`\n\nPath: `" + billingPath + "`",
		}, func(_ context.Context, l *lesson) (bool, string) { return l.connection("Billing", billingPath) }, false},
		{TutorialStep{
			ID: "service", Title: "Write the service", Action: "service.new", Copy: string(source),
			Text: "Make a service called `" + tutorialService + "`, put the copied source in the place of what stands there, and save.\n\n" +
				"It asks the CRM and the billing system about a person, and answers in its own words. What you save is live at once.",
		}, func(ctx context.Context, l *lesson) (bool, string) { return l.source(ctx) }, false},
		{TutorialStep{
			ID: "key", Title: "Define an API key", Action: "object.new:security",
			Text: "Make a security definition of the type API key:\n\nName: `Tutorial API key`\n\nHeader: `X-API-Key`\n\nKey: `" + tutorialSecret + "`\n\n" +
				"The key is a secret: the file has only its name. It has no value yet, so the Studio says in red that this is not live yet. The next step gives it one.",
		}, func(ctx context.Context, l *lesson) (bool, string) { return l.key(ctx) }, false},
		{TutorialStep{
			ID: "secret", Title: "Give the key a value", Action: "secret.set:" + tutorialSecret, Copy: "abc",
			Text: "Set the secret of the API key, for example to `abc`. It is kept encrypted on this machine and stands in no file of the project.",
		}, func(ctx context.Context, l *lesson) (bool, string) { return l.secret(ctx) }, false},
		{TutorialStep{
			ID: "channel", Title: "Let others call it", Action: "object.new:channel",
			Text: "Make a channel of the type REST:\n\nName: `Get user details`\n\nPath: `/tutorial/api/get-user-details`\n\n" +
				"Service: `" + tutorialService + "`\n\nSecurity: `Tutorial API key`",
		}, func(ctx context.Context, l *lesson) (bool, string) { return l.channel(ctx) }, false},
		{TutorialStep{
			ID: "call", Title: "Call it", Action: "service.select:" + tutorialService, Copy: "name=Mike",
			Text: "Choose `" + tutorialService + "` and invoke it with `name=Mike`, or copy it as curl, put the key in, and run that in a terminal.",
		}, lookCall, true},
		{TutorialStep{
			ID: "job", Title: "Run it by the clock", Action: "object.new:job",
			Text: "Make a job:\n\nName: `Get user details every 10 seconds`\n\nService: `" + tutorialService + "`\n\nEvery: `10s`\n\nInput: `{\"name\": \"Mike\"}`",
		}, func(ctx context.Context, l *lesson) (bool, string) { return l.job(ctx) }, false},
	}
}

// connection looks for a connection that leads to a stand-in.
func (l *lesson) connection(name, path string) (bool, string) {
	if l.project == nil {
		return false, ""
	}
	d, ok := l.project.Find(config.Connection, name)
	if !ok {
		for _, other := range l.project.Names(config.Connection) {
			if strings.EqualFold(other, name) {
				return false, fmt.Sprintf("The connection is called %q; the service asks for %q.", other, name)
			}
		}
		if l.project.Broken(config.Connection, name) {
			return false, "Its file has problems."
		}
		return false, ""
	}
	var c rest.Connection
	switch {
	case !d.Enabled:
		return false, fmt.Sprintf("The connection %q is disabled.", name)
	case d.Type != "rest":
		return false, fmt.Sprintf("The connection %q is of the type %q; it has to be REST.", name, d.Type)
	case len(d.Decode(&c)) > 0:
		return false, fmt.Sprintf("The connection %q has problems.", name)
	}
	address := strings.TrimSuffix(strings.ReplaceAll(c.Address, "${self}", l.self), "/") + c.Path
	if u, err := url.Parse(address); err != nil || u.Path != path {
		return false, fmt.Sprintf("The connection %q leads to %s; the stand-in is at ${self}%s.", name, c.Address+c.Path, path)
	}
	return true, ""
}

// source looks for the service and what it asks.
func (l *lesson) source(context.Context) (bool, string) {
	if l.checked == nil {
		return false, ""
	}
	found, begun := false, false
	for _, s := range l.checked.Services {
		found = found || s.Name == tutorialService
		begun = begun || strings.HasPrefix(s.Name, "users.")
	}
	for _, f := range l.checked.Faults {
		if strings.HasPrefix(f.At.File, "services/users/") {
			return false, fmt.Sprintf("%s: %s", f.At, f.What)
		}
	}
	if !found {
		if begun {
			return false, "The function has to be called GetDetails."
		}
		return false, ""
	}
	for _, name := range []string{"CRM", "Billing"} {
		asks := false
		for _, u := range l.checked.Uses {
			asks = asks || u.Name == name && namesConnection(u) && strings.HasPrefix(u.In, "users.")
		}
		if !asks {
			return false, fmt.Sprintf("The service does not ask %q yet: paste the copied source.", name)
		}
	}
	return true, ""
}

// keys returns the definitions of API keys that take part.
func (l *lesson) keys() (names []string, keys []*security.APIKey) {
	if l.project == nil {
		return nil, nil
	}
	for _, d := range l.project.Of(config.Security) {
		var k security.APIKey
		if d.Enabled && d.Type == "api-key" && len(d.Decode(&k)) == 0 {
			names, keys = append(names, d.Name), append(keys, &k)
		}
	}
	return names, keys
}

func (l *lesson) key(context.Context) (bool, string) {
	if names, _ := l.keys(); len(names) > 0 {
		return true, ""
	}
	if l.project != nil && len(l.project.Of(config.Security)) > 0 {
		return false, "There is a definition, but none of the type API key that is enabled and without problems."
	}
	return false, ""
}

func (l *lesson) secret(ctx context.Context) (bool, string) {
	_, keys := l.keys()
	for _, k := range keys {
		if v, found, err := l.o.Secrets.Get(ctx, k.Key.Name); err == nil && found && v != "" {
			return true, ""
		}
	}
	if len(keys) > 0 {
		return false, fmt.Sprintf("The secret %q has no value yet.", keys[0].Key.Name)
	}
	return false, ""
}

func (l *lesson) channel(context.Context) (bool, string) {
	if l.project == nil {
		return false, ""
	}
	names, _ := l.keys()
	why := ""
	for _, d := range l.project.Of(config.Channel) {
		var c rest.Channel
		if d.Type != "rest" || len(d.Decode(&c)) > 0 || c.Service.Name != tutorialService {
			continue
		}
		switch {
		case !d.Enabled:
			why = fmt.Sprintf("The channel %q is disabled.", d.Name)
		case !c.Security.IsSet():
			why = fmt.Sprintf("Anybody may call the channel %q: choose the API key as its security.", d.Name)
		case !slices.Contains(names, c.Security.Name):
			why = fmt.Sprintf("The security of the channel %q is %q, which is no API key of this project.", d.Name, c.Security.Name)
		default:
			return true, ""
		}
	}
	return false, why
}

func (l *lesson) job(context.Context) (bool, string) {
	if l.project == nil {
		return false, ""
	}
	why := ""
	for _, d := range l.project.Of(config.Job) {
		j := schedule.Job{Name: d.Name}
		if len(d.Decode(&j)) > 0 || j.Service.Name != tutorialService {
			why = fmt.Sprintf("The job %q does not run %s.", d.Name, tutorialService)
			continue
		}
		switch {
		case !d.Enabled:
			why = fmt.Sprintf("The job %q is disabled.", d.Name)
		case j.Every == 0:
			why = fmt.Sprintf("The job %q does not run every few seconds: set %q to 10s.", d.Name, "every")
		default:
			return true, ""
		}
	}
	return false, why
}

// invoked reports whether a service was invoked with success, by a text that holds
// a part.
func (l *lesson) invoked(ctx context.Context, service, part string) bool {
	asked, err := l.o.invocations(ctx)
	if err != nil {
		return false
	}
	found, _, err := asked.List(ctx, store.InvocationFilter{Service: service, OK: true, Search: part, Limit: 1})
	return err == nil && len(found) > 0
}

func lookHello(ctx context.Context, l *lesson) (bool, string) {
	return l.invoked(ctx, tutorialHello, ""), ""
}

func lookCall(ctx context.Context, l *lesson) (bool, string) {
	if l.invoked(ctx, tutorialService, "Mike") {
		return true, ""
	}
	for _, ch := range l.state.Channels {
		if ch.Service == tutorialService && ch.Calls > ch.Errors {
			return true, ""
		}
	}
	if l.invoked(ctx, tutorialService, "") {
		return false, "It was invoked, but not with name=Mike."
	}
	for _, ch := range l.state.Channels {
		if ch.Service == tutorialService && ch.Errors > 0 {
			return false, fmt.Sprintf("The channel %q was called and refused: is the key right?", ch.Name)
		}
	}
	return false, ""
}
