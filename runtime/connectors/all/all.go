// Package all registers every connector: import it for its effect.
package all

import (
	_ "mortise/runtime/connectors/rest" // REST connections and channels
)
