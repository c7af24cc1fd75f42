package main

import (
	"context"
	"fmt"
	"sync"
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

// clockEvery is how often a phone is asked for its time: between two answers its
// clock may run away by 15 ms (adb.Offset.At).
const clockEvery = 5 * time.Minute

// watchDevice logs what an Android phone on adb does, if there is one.
func (r *recording) watchDevice(ctx context.Context) {
	path := adb.Find(ctx)
	if path == "" {
		return
	}
	clock, err := adb.Clock(ctx, path)
	if err == nil {
		r.tell("phone on adb             its clock is %s ahead, ± %s", clock.Ahead.Round(time.Millisecond), clock.Bound.Round(time.Millisecond))
		var mu sync.Mutex
		watching, stop := context.WithCancel(ctx)
		defer stop()
		go r.follow(watching, path, clock, func(o adb.Offset) {
			mu.Lock()
			defer mu.Unlock()
			clock = o
		})
		err = adb.Watch(ctx, path, func(e adb.Event) {
			mu.Lock()
			now := clock.At(time.Now())
			mu.Unlock()
			r.log.Append(evidence.KindDevice, deviceState{
				Ahead: int64(now.Ahead), App: e.App, Bound: int64(now.Bound), Device: e.Time.UTC().Format(time.RFC3339Nano), Event: e.What,
			})
		})
	}
	if err != nil && ctx.Err() == nil {
		r.log.Gap(evidence.Gap{Kind: "device", Reason: err.Error(), Up: 0, Down: 0})
	}
}

// follow asks the phone for its time again and again. If its clock was set
// meanwhile, the log says that from here on it knows nothing, until the next event.
func (r *recording) follow(ctx context.Context, path string, last adb.Offset, learned func(adb.Offset)) {
	tick := time.NewTicker(clockEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		next, err := adb.Clock(ctx, path)
		if err != nil {
			continue // Watch tells when the phone is gone
		}
		if due := last.At(next.Asked); (next.Ahead - due.Ahead).Abs() > due.Bound+next.Bound {
			r.log.Gap(evidence.Gap{Kind: "device", Reason: fmt.Sprintf("the phone's clock was set by %s since it was asked last", (next.Ahead - due.Ahead).Round(time.Millisecond)), Up: 0, Down: 0})
		}
		last = next
		learned(next)
	}
}
