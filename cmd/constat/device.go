package main

import (
	"context"
	"time"

	"github.com/constat/constat/capture/live/adb"
	"github.com/constat/constat/evidence"
)

// deviceState is the body of a device.state entry. Fields stand in the order
// of their names.
type deviceState struct {
	Ahead  int64  `json:"ahead"` // ns that the device's clock is ahead of ours
	App    string `json:"app"`
	Bound  int64  `json:"bound"`  // ns within which that is known
	Device string `json:"device"` // time by the device's clock
	Event  string `json:"event"`
	Kind   string `json:"kind,omitempty"` // "access", "watch" or "unwatch"; "": a state
}

// watchDevice logs what an Android phone on adb does, if there is one.
func (r *recording) watchDevice(ctx context.Context) {
	path := adb.Find(ctx)
	if path == "" {
		return
	}
	clock, err := adb.Clock(ctx, path)
	if err == nil {
		r.tell("phone on adb             its clock is %s ahead, ± %s", clock.Ahead.Round(time.Millisecond), clock.Bound.Round(time.Millisecond))
		err = adb.Watch(ctx, path, func(e adb.Event) {
			r.log.Append(evidence.KindDevice, deviceState{
				Ahead: int64(clock.Ahead), App: e.App, Bound: int64(clock.Bound), Device: e.Time.UTC().Format(time.RFC3339Nano), Event: e.What,
			})
		})
	}
	if err != nil && ctx.Err() == nil {
		r.log.Gap(evidence.Gap{Kind: "device", Reason: err.Error(), Up: 0, Down: 0})
	}
}
