package audit

import _ "embed"

// Schema is the JSON Schema (2020-12) of the Audit document.
//
//go:embed schema.json
var Schema []byte
