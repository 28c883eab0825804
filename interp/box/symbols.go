package box

import "reflect"

// Symbols returns what rewritten source may use of this package, for one
// interpreter.
func (r *Registry) Symbols() map[string]reflect.Value {
	out := map[string]reflect.Value{
		"Type": reflect.ValueOf((*Type)(nil)), "Defers": reflect.ValueOf((*Defers)(nil)),
		"Define": reflect.ValueOf(r.Define),
	}
	for name, f := range map[string]any{
		"Box": Box, "OfError": OfError, "Is": Is, "Index": Index, "Load": Load, "As": As, "Must": Must,
		"Implements": Implements, "MustImplement": MustImplement, "AsError": AsError, "Equal": Equal, "NotNil": NotNil,
		"TypeName": TypeName, "OnText": OnText, "OnBytes": OnBytes, "OnStream": OnStream, "OnUnwrap": OnUnwrap,
		"OnIs": OnIs, "OnLen": OnLen, "OnLess": OnLess, "OnSwap": OnSwap, "OnPush": OnPush,
		"HasError": HasError, "ToError": ToError, "MustError": MustError, "HasString": HasString, "ToStringer": ToStringer,
		"MustStringer": MustStringer, "OfStringer": OfStringer, "OfSort": OfSort, "OfHeap": OfHeap, "OfReader": OfReader,
		"OfWriter": OfWriter, "OnPop": OnPop, "Protect": Protect, "Defer": Defer, "Recover": Recover, "OutOfRange": OutOfRange, "OutOfSlice": OutOfSlice, "Recovered": Recovered, "Fail": Fail, "OnFill": OnFill, "Target": Target, "Sprint": Sprint, "Sprintf": Sprintf, "Errorf": Errorf, "Format": Format, "Plain": Plain, "Func": Func, "Bool": Bool, "Any": Any, "Explain": Explain, "IsError": IsError, "FindError": FindError, "FindMethods": FindMethods,
	} {
		out[name] = reflect.ValueOf(f)
	}
	return out
}
