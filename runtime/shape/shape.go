// Package shape describes what goes into a service and what comes out: the
// fields of its input and output, with their types and rules, as go/types or a
// generator reads them from the author's structs. From a shape come the
// validation of JSON, the reading of forms and of name=value arguments, and the
// JSON Schema.
package shape

import "mortise/runtime/fault"

// Service is the signature of one service.
type Service struct {
	Name    string         // package.Function: "users.GetDetails"
	Package string         // import path of the package: "app/services/users"
	Func    string         // the function: "GetDetails"
	Doc     string         // its doc comment, without comment marks
	In      *Type          // what it takes; nil where it takes nothing
	Out     *Type          // what it returns; nil where it returns nothing
	At      fault.Position // the function's name in the source
}

// Kind is the sort of JSON value that a type takes.
type Kind string

// The kinds of type.
const (
	Text   Kind = "text"   // string
	Bool   Kind = "bool"   // true or false
	Int    Kind = "int"    // a whole number that fits Bits, without a sign where Unsigned
	Float  Kind = "float"  // any number
	Number Kind = "number" // json.Number: a number kept as it was written
	Time   Kind = "time"   // time.Time: text in the form of RFC 3339
	Bytes  Kind = "bytes"  // []byte: base64 text
	List   Kind = "list"   // a list of Elem
	Map    Kind = "map"    // an object with any keys and values of Elem
	Object Kind = "object" // a struct with Fields
	Any    Kind = "any"    // any JSON at all: any, json.RawMessage, a type that reads itself
)

// Type is the shape of a value. A struct that contains itself is a cycle of
// pointers.
type Type struct {
	Kind     Kind
	Name     string   // the Go type's name, such as "Status"; "" where it has none
	Doc      string   // its doc comment
	Bits     int      // of Int and Float: 8, 16, 32 or 64
	Unsigned bool     // of Int
	Nullable bool     // null is a value: pointers, lists, maps
	Len      int      // of List: the exact number of elements of an array; 0 is any number
	Elem     *Type    // of List and Map
	Fields   []*Field // of Object, in the order of the struct, embedded structs flattened as encoding/json does
}

// Field is one field of an object.
type Field struct {
	Name     string   // in JSON
	Go       string   // in the struct, such as "AccountNo"
	Doc      string   // the tag "doc", else the field's comment
	Required bool     // neither a pointer nor marked omitempty or omitzero, and without a default
	Quoted   bool     // the json option "string": the value stands in quotes
	Default  []byte   // JSON, from the tag "default"; nil where there is none
	Enum     []string // allowed values as text, from the tag "enum" with commas
	Min, Max *float64 // bounds of a number, or of the length of a text or list
	Pattern  string   // regular expression that a text matches as a whole
	Example  []byte   // JSON, from the tag "example"; nil where there is none
	Type     *Type
	At       fault.Position
}
