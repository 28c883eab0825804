package box

// Func returns a function as it came: what the interpreter passes to a function
// like this one is a real one.
func Func(f any) any { return f }

// Plain returns data of a template with the values of the project's types out of
// their boxes, so that the template finds their fields. Errors stay in theirs,
// which print them. Maps and lists that hold boxes are copied.
func Plain(x any) any { return plain(x, 0) }

// maxPlain is how deeply data is looked through: it may contain itself.
const maxPlain = 100

func plain(x any, depth int) any {
	if depth > maxPlain {
		return x
	}
	switch v := x.(type) {
	case Value:
		return v.v
	case map[string]any:
		if v == nil {
			return v
		}
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = plain(e, depth+1)
		}
		return out
	case []any:
		if v == nil {
			return v
		}
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = plain(e, depth+1)
		}
		return out
	case []map[string]any:
		if v == nil {
			return v
		}
		out := make([]map[string]any, len(v))
		for i, e := range v {
			out[i], _ = plain(e, depth+1).(map[string]any)
		}
		return out
	}
	return x
}
