package spec

// RefUse is one name of another object in a config.
type RefUse struct {
	Kind string // of what: "connection", "security", "service"
	Key  string // the field, with its groups: "tls.ca"
	Ref  Ref
}

// Refs returns the names of other objects that a config holds, in order.
func Refs(d Described) []RefUse {
	var found []RefUse
	walk(d, "", func(f *Field, path string) {
		if v, ok := f.value.(refValue); ok && v.p.IsSet() {
			found = append(found, RefUse{Kind: v.of, Key: path, Ref: *v.p})
		}
	})
	return found
}

// Secrets returns the secrets that a config names, in order, to be resolved in
// place.
func Secrets(d Described) []*Secret {
	var found []*Secret
	walk(d, "", func(f *Field, _ string) {
		if v, ok := f.value.(secretValue); ok && v.p.IsSet() {
			found = append(found, v.p)
		}
	})
	return found
}

// Files returns the names of files of the project that a config holds, in order.
func Files(d Described) []string {
	var found []string
	walk(d, "", func(f *Field, _ string) {
		if v, ok := f.value.(textValue); ok && f.file && *v.p != "" {
			found = append(found, *v.p)
		}
	})
	return found
}

// walk visits the fields that apply, those of groups included.
func walk(d Described, prefix string, visit func(f *Field, path string)) {
	fields := collect(d)
	for _, f := range fields {
		if !f.applies(fields) {
			continue
		}
		if g, ok := f.value.(groupValue); ok {
			walk(g.d, prefix+f.key+".", visit)
			continue
		}
		visit(f, prefix+f.key)
	}
}
