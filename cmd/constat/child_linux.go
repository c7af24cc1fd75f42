package main

import (
	"os/exec"
	"syscall"
)

// dieWithUs ends the browser when this process ends, however it ends.
func dieWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
