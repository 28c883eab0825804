package lsp

import "encoding/json"

// What of the protocol is spoken here, with its own names. See
// https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/.

type position struct {
	Line      int `json:"line"`
	Character int `json:"character"` // in units of UTF-16
}

type textRange struct {
	Start position `json:"start"`
	End   position `json:"end"`
}

type location struct {
	URI   string    `json:"uri"`
	Range textRange `json:"range"`
}

type textEdit struct {
	Range   textRange `json:"range"`
	NewText string    `json:"newText"`
}

type workspaceEdit struct {
	Changes map[string][]textEdit `json:"changes"`
}

type identifier struct {
	URI string `json:"uri"`
}

type atParams struct {
	TextDocument identifier `json:"textDocument"`
	Position     position   `json:"position"`
	NewName      string     `json:"newName"`
}

type openParams struct {
	TextDocument struct {
		URI        string `json:"uri"`
		LanguageID string `json:"languageId"`
		Version    int    `json:"version"`
		Text       string `json:"text"`
	} `json:"textDocument"`
}

type changeParams struct {
	TextDocument struct {
		URI     string `json:"uri"`
		Version int    `json:"version"`
	} `json:"textDocument"`
	ContentChanges []struct {
		Range *textRange `json:"range"`
		Text  string     `json:"text"`
	} `json:"contentChanges"`
}

type actionParams struct {
	TextDocument identifier `json:"textDocument"`
	Range        textRange  `json:"range"`
	Context      struct {
		Only []string `json:"only"`
	} `json:"context"`
}

type initializeParams struct {
	RootURI      string `json:"rootUri"`
	Capabilities struct {
		TextDocument struct {
			Completion struct {
				CompletionItem struct {
					SnippetSupport bool `json:"snippetSupport"`
				} `json:"completionItem"`
			} `json:"completion"`
		} `json:"textDocument"`
	} `json:"capabilities"`
}

type diagnostic struct {
	Range    textRange `json:"range"`
	Severity int       `json:"severity"` // 1 error, 2 warning
	Code     string    `json:"code,omitempty"`
	Source   string    `json:"source"`
	Message  string    `json:"message"`
	Data     *hintData `json:"data,omitempty"`
}

type hintData struct {
	Hint string `json:"hint"`
}

type publishParams struct {
	URI         string       `json:"uri"`
	Version     int          `json:"version"`
	Diagnostics []diagnostic `json:"diagnostics"`
}

type markup struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

type hover struct {
	Contents markup    `json:"contents"`
	Range    textRange `json:"range"`
}

type completionList struct {
	IsIncomplete bool             `json:"isIncomplete"`
	Items        []completionItem `json:"items"`
}

type completionItem struct {
	Label               string     `json:"label"`
	Kind                int        `json:"kind,omitempty"`
	Detail              string     `json:"detail,omitempty"`
	Documentation       *markup    `json:"documentation,omitempty"`
	SortText            string     `json:"sortText,omitempty"`
	FilterText          string     `json:"filterText,omitempty"`
	InsertTextFormat    int        `json:"insertTextFormat,omitempty"`
	TextEdit            *textEdit  `json:"textEdit,omitempty"`
	AdditionalTextEdits []textEdit `json:"additionalTextEdits,omitempty"`
}

var completionKinds = map[string]int{
	"method": 2, "function": 3, "field": 5, "variable": 6, "type": 7, "interface": 8, "package": 9, "name": 12, "keyword": 14, "snippet": 15, "constant": 21, "struct": 22,
}

type signatureHelp struct {
	Signatures      []signatureInfo `json:"signatures"`
	ActiveSignature int             `json:"activeSignature"`
	ActiveParameter int             `json:"activeParameter"`
}

type signatureInfo struct {
	Label         string      `json:"label"`
	Documentation *markup     `json:"documentation,omitempty"`
	Parameters    []paramInfo `json:"parameters"`
}

type paramInfo struct {
	Label string `json:"label"`
}

type documentSymbol struct {
	Name           string           `json:"name"`
	Detail         string           `json:"detail,omitempty"`
	Kind           int              `json:"kind"`
	Range          textRange        `json:"range"`
	SelectionRange textRange        `json:"selectionRange"`
	Children       []documentSymbol `json:"children,omitempty"`
}

var symbolKinds = map[string]int{
	"type": 5, "method": 6, "field": 8, "interface": 11, "function": 12, "service": 12, "variable": 13, "constant": 14, "struct": 23, "key": 20,
}

type foldingRange struct {
	StartLine int `json:"startLine"`
	EndLine   int `json:"endLine"`
}

type highlight struct {
	Range textRange `json:"range"`
}

type codeAction struct {
	Title       string         `json:"title"`
	Kind        string         `json:"kind"`
	IsPreferred bool           `json:"isPreferred,omitempty"`
	Diagnostics []diagnostic   `json:"diagnostics,omitempty"`
	Edit        *workspaceEdit `json:"edit,omitempty"`
	Command     *command       `json:"command,omitempty"`
}

type command struct {
	Title     string   `json:"title"`
	Command   string   `json:"command"`
	Arguments []string `json:"arguments"`
}

// capabilities says what the server can do.
var capabilities = json.RawMessage(`{
	"capabilities": {
		"positionEncoding": "utf-16",
		"textDocumentSync": {"openClose": true, "change": 2, "save": {"includeText": false}},
		"completionProvider": {"triggerCharacters": [".", "\"", "/", ":", " "]},
		"hoverProvider": true,
		"signatureHelpProvider": {"triggerCharacters": ["(", ","]},
		"definitionProvider": true,
		"referencesProvider": true,
		"documentHighlightProvider": true,
		"documentSymbolProvider": true,
		"foldingRangeProvider": true,
		"documentFormattingProvider": true,
		"codeActionProvider": {"codeActionKinds": ["quickfix", "refactor.rewrite", "source.organizeImports"]},
		"renameProvider": {"prepareProvider": true}
	},
	"serverInfo": {"name": "mortise"}
}`)
