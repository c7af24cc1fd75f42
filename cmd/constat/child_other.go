//go:build !linux

package main

import "os/exec"

// dieWithUs does nothing where the system cannot be asked for it: a browser
// may outlive a capture that was killed.
func dieWithUs(*exec.Cmd) {}
