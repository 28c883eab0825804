package rest

import (
	"maps"
	"mime"
	"net/http"
	"net/url"

	"mortise/runtime/channel"
	"mortise/runtime/fault"
	"mortise/runtime/service"
	"mortise/runtime/shape"
)

// read makes the input of the service: the body, with the parameters of the
// query and of the path put into it. The path wins over the query, and the query
// over the body. What it has read it notes in req.
func (h *handler) read(r *http.Request, params *channel.Params, body []byte, req *service.Request) ([]byte, error) {
	if r.URL.RawQuery != "" {
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return nil, fault.Wrap(fault.Invalid, "request.query", err, "the query of the address cannot be read")
		}
		req.Query = query
	}
	if n := params.Len(); n > 0 {
		req.Path = make(map[string]string, n)
		for i := range n {
			name, value := params.At(i)
			req.Path[name] = value
		}
	}
	if h.input == nil {
		return nil, nil
	}
	form, err := h.form(req.Media, body)
	if err != nil {
		return nil, err
	}
	if form != nil {
		body = nil
	}
	if form == nil && len(req.Query) == 0 && len(req.Path) == 0 {
		return body, nil
	}
	if h.input.Kind != shape.Object && h.input.Kind != shape.Map && form == nil {
		return body, nil // an input without fields has no place for parameters
	}
	return h.input.Merge(body, merged(form, req))
}

// merged puts the parameters together.
func merged(form url.Values, req *service.Request) map[string][]string {
	if form == nil && len(req.Path) == 0 {
		return req.Query
	}
	all := make(map[string][]string, len(form)+len(req.Query)+len(req.Path))
	maps.Copy(all, form)
	maps.Copy(all, req.Query)
	for name, v := range req.Path {
		all[name] = []string{v}
	}
	return all
}

// form returns the body as a form; nil where it is none. Much of what says that
// it is a form is JSON: curl -d says so unless it is told otherwise. No form
// begins as a JSON object or list does, since it would encode the brace.
func (h *handler) form(media string, body []byte) (url.Values, error) {
	switch h.config.Input {
	case inputJSON:
		return nil, nil
	case inputForm:
	default:
		if media == "" || media == "application/json" || len(body) == 0 {
			return nil, nil
		}
		kind, _, err := mime.ParseMediaType(media)
		if err == nil && kind == "multipart/form-data" {
			return nil, fault.New(fault.Invalid, "request.media", "a body of the type %q cannot be read", kind).
				WithHint("send JSON, or a form as application/x-www-form-urlencoded")
		}
		if err != nil || kind != "application/x-www-form-urlencoded" || beginsJSON(body) {
			return nil, nil //nolint:nilerr // a media type that cannot be read names no form
		}
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "request.form", err, "the body of the request is not a form")
	}
	return form, nil
}

func beginsJSON(body []byte) bool {
	for _, c := range body {
		switch c {
		case ' ', '\t', '\r', '\n':
		case '{', '[':
			return true
		default:
			return false
		}
	}
	return false
}
