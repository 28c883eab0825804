package observe

import (
	"log/slog"
	"time"

	"github.com/tidwall/gjson"
)

// ForPeople returns a line of JSON that this package wrote as the line of text
// that it would have been on a terminal, with its line feed.
func ForPeople(line []byte, color bool) []byte {
	if !gjson.ValidBytes(line) {
		return append([]byte(printable(string(line))), '\n')
	}
	e := entry{}
	rest := []byte{'{'}
	gjson.ParseBytes(line).ForEach(func(key, value gjson.Result) bool {
		switch key.String() {
		case "time":
			e.time, _ = time.Parse(time.RFC3339Nano, value.String())
		case "level":
			_ = e.level.UnmarshalText([]byte(value.String())) // info otherwise
		case "msg":
			e.message = value.String()
		case "cid":
			e.cid = printable(value.String())
		default:
			if len(rest) > 1 {
				rest = append(rest, ',')
			}
			rest = append(append(append(rest, key.Raw...), ':'), value.Raw...)
		}
		return true
	})
	e.attrs = []slog.Attr{slog.Any("", raw(append(rest, '}')))}
	f := formatter{color: color}
	return f.text(nil, &e)
}
