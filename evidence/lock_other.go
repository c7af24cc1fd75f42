//go:build !unix

package evidence

import "os"

// lock does nothing where there is no flock: two captures into one directory
// would break the chain, and the verifier says so.
func lock(*os.File) error { return nil }
