package box

// Defers is the deferred calls of one running function. The interpreter forgets
// those that are still to come where one of them panics, so functions for which
// that matters keep them here.
type Defers struct {
	list      []func()
	panicking bool
	value     any
}

// Protect runs the body of a function and then what it has deferred, last first,
// as Go does: after a panic too, which goes on afterwards unless a deferred call
// has recovered it.
func Protect(body func(*Defers)) {
	d := &Defers{}
	done := false
	func() {
		defer func() {
			if !done {
				d.panicking, d.value = true, recover()
			}
		}()
		body(d)
		done = true
	}()
	for len(d.list) > 0 {
		d.last()
	}
	if d.panicking {
		panic(d.value)
	}
}

// last runs the call that was deferred last. If it panics, that panic takes the
// place of the one that was on its way.
func (d *Defers) last() {
	f := d.list[len(d.list)-1]
	d.list = d.list[:len(d.list)-1]
	done := false
	defer func() {
		if !done {
			d.panicking, d.value = true, recover()
		}
	}()
	f()
	done = true
}

// Defer defers a call.
func Defer(d *Defers, f func()) { d.list = append(d.list, f) }

// Recover is what recover does in a call that was deferred here.
func Recover(d *Defers) any {
	if !d.panicking {
		return nil
	}
	d.panicking = false
	return Recovered(d.value)
}
