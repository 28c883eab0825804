package api

func tutorialMethods() []Method {
	return []Method{
		on("tutorial.check", (*Studio).CheckTutorial),
		on("tutorial.hide", (*Studio).HideTutorial),
	}
}

// Tutorial is the checklist of the tutorial; it has no steps where the project was
// not made from its template, or where it was hidden.
type Tutorial struct {
	Steps []TutorialStep `json:"steps"`
	Next  string         `json:"next,omitempty"` // the id of the first step that is not done
}

// TutorialStep is one step. Whether it is done is seen by what the project holds
// and by what was invoked, so it does not matter how the person did it.
type TutorialStep struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Text   string `json:"text"` // what to do, in plain Markdown: paragraphs, `code`, fenced code
	Done   bool   `json:"done"`
	Why    string `json:"why,omitempty"`    // what is still missing, where the person has begun
	Action string `json:"action,omitempty"` // of the page's registry: a button that leads there: "object.new:connection", "service.new", "service.select:demo.Hello", "secret.set:tutorial/api-key"
	Copy   string `json:"copy,omitempty"`   // a text to paste where the step is done, such as the source of the service
}

// Hide says whether to hide something.
type Hide struct {
	Hidden bool `json:"hidden"`
}
