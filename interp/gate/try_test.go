package gate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTry runs the programs that MORTISE_GATE_TRY names, for experiments.
func TestTry(t *testing.T) {
	pat := os.Getenv("MORTISE_GATE_TRY")
	if pat == "" {
		t.Skip("nothing to try")
	}
	files, _ := filepath.Glob(pat)
	adm, ref, wrong := 0, 0, 0
	for _, f := range files {
		src, _ := os.ReadFile(f)
		o := try(t, filepath.Base(f), src)
		base := strings.TrimSuffix(filepath.Base(f), ".go")
		exp := filepath.Join(filepath.Dir(f), "../expected")
		want, err := os.ReadFile(filepath.Join(exp, base+".out"))
		if err != nil {
			want, _ = os.ReadFile(strings.TrimSuffix(f, ".go") + ".out")
		}
		rc, _ := os.ReadFile(filepath.Join(exp, base+".rc"))
		bad := strings.TrimSpace(string(rc)) != "0" && len(rc) > 0
		switch {
		case o.refused != nil:
			ref++
			fmt.Printf("REFUSED %s: %s\n", base, o.refused)
		case o.stdout != string(want) || (o.code != 0) != bad:
			wrong++
			fmt.Printf("WRONG %s rc=%d\n--- want %q\n--- got  %q\n--- err %s\n", base, o.code, want, o.stdout, head(o.stderr))
			if os.Getenv("MORTISE_GATE_SRC") != "" {
				fmt.Println(string(o.source))
			}
		default:
			adm++
		}
	}
	fmt.Printf("admitted %d refused %d wrong %d\n", adm, ref, wrong)
}

func head(s string) string {
	if len(s) > 300 {
		return s[:300]
	}
	return s
}
