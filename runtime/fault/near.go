package fault

import (
	"fmt"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// Nearest returns the candidate that a mistyped word was probably meant to be,
// or "" where none is near: a different case, or at most a third of its letters
// changed, added, left out or swapped.
func Nearest(word string, candidates []string) string {
	best, bestAt := "", len(word)/3+1
	for _, c := range candidates {
		if strings.EqualFold(c, word) {
			return c
		}
		if d := distance(strings.ToLower(word), strings.ToLower(c), bestAt); d < bestAt {
			best, bestAt = c, d
		}
	}
	return best
}

// DidYouMean returns a hint that names the nearest candidate; where none is
// near it lists the candidates, at most eight of them, or returns "".
func DidYouMean(word string, candidates []string) string {
	if near := Nearest(word, candidates); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(candidates) == 0 {
		return ""
	}
	quoted := make([]string, 0, 8)
	for _, c := range candidates[:min(len(candidates), 8)] {
		quoted = append(quoted, strconv.Quote(c))
	}
	list := strings.Join(quoted, ", ")
	if len(candidates) > 8 {
		list += fmt.Sprintf(" and %d more", len(candidates)-8)
	}
	return "there is " + list
}

// distance is the optimal string alignment distance of two words; it stops
// counting at limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	prev2, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := btoi(a[i-1] != b[j-1])
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return min(prev[len(b)], limit)
}
