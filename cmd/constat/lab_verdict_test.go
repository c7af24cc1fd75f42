package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/constat/constat/audit"
	"github.com/constat/constat/evidence"
	"github.com/constat/constat/lab/moments"
	"github.com/constat/constat/lab/scenario"
	"github.com/constat/constat/lab/score"
)

// TestLabVerdicts holds the answers to every allegation against what the lab's
// app did: nothing, everything, one thing. The subject is new with every commit.
func TestLabVerdicts(t *testing.T) {
	seed := freshSeed(t)
	for i, name := range []string{"benign", "accused", "C02", "E05", "E05-refused", "B07R"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, a := range verdictsOf(t, name, seed+uint64(i), false) {
				if !a.Right {
					t.Errorf("%+v", a)
				}
			}
		})
	}
}

// TestLabVerdictsUnmarked: when nobody said what the person did, no answer is
// wrong, and what depends on it has none.
func TestLabVerdictsUnmarked(t *testing.T) {
	seed := freshSeed(t)
	for name, unanswerable := range map[string][]string{
		"benign":  {"B01", "B05", "B09", "C01", "C02", "C03"},
		"accused": {"B01", "B05", "B09", "C01", "C02", "C03"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, a := range verdictsOf(t, name, seed, true) {
				if a.Wrong {
					t.Errorf("%+v", a)
				}
				if slices.Contains(unanswerable, a.Allegation) && a.Answered != "not_measurable" {
					t.Errorf("answered without knowing what the person did: %+v", a)
				}
			}
		})
	}
}

// TestLabMoments: what the person did is in a list beside the capture, from which
// lines are missing, or by a clock that is off, or twice, or of another app. With
// the whole list all answers are right, with any other none is wrong; with a clock
// that is far off, what depends on an order has none. One in four of the lists is
// tried with each commit, of everything, nothing, and one scenario of the others;
// bench/verdicts tries all.
func TestLabMoments(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 30 s")
	}
	seed := freshSeed(t)
	others := scenario.Names()[2:]
	for i, name := range []string{"accused", "benign", others[seed%uint64(len(others))]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, list, err := playTold(t.Context(), filepath.Join(t.TempDir(), "run"), name, seed+uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			thin := thinned
			if i == 2 {
				thin = 0 // a scenario of one moment can be told so that nobody sees what is missing, see bench/README.md
			}
			rows, err := l.tell(t.Context(), moments.Sample(moments.Tellings(list, thin, 8), 4, seed)) // always the same lines are taken out at random
			if err != nil {
				t.Fatal(err)
			}
			if i == 2 {
				got := slices.DeleteFunc(slices.Sorted(slices.Values(rows[0].Observed)), func(q string) bool { return strings.HasPrefix(q, "hong-2019 ") })
				if want := observedAlone(name); !slices.Equal(got, want) {
					t.Errorf("observed %q, want %q", got, want)
				}
			}
			for _, r := range rows {
				if len(r.Failures)+len(r.Open) > 0 {
					t.Errorf("%s: wrong %q, without an answer %q", r.Telling, r.Failures, r.Open)
				}
				if far := slices.Contains([]string{"clock a third ahead", "clock an hour ahead", "clock off by 37m0s, nobody says"}, r.Telling); far && r.answers["C02"] != audit.NotMeasurable {
					t.Errorf("%s: C02 is %s", r.Telling, r.answers["C02"])
				}
			}
		})
	}
}

// TestLabVerdictsByHand: a person marks what the app does, too late or too early by
// something within the time that hands are given. No answer may become wrong;
// taken for exact, the same marks make wrong ones.
func TestLabVerdictsByHand(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 16 s")
	}
	seed := freshSeed(t)
	wrong := make(chan int, 2)
	t.Run("late", func(t *testing.T) {
		for _, name := range []string{"benign", "accused"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				l, err := openLab(filepath.Join(t.TempDir(), "run"), name, seed)
				if err != nil {
					t.Fatal(err)
				}
				defer l.close()
				const late = 30 * time.Millisecond
				pressed := make(chan func(), 100) // one key after the other
				done := make(chan struct{})
				go func() {
					defer close(done)
					for press := range pressed {
						press()
					}
				}()
				l.by = func(act string, mark func(evidence.Mark) error) {
					due := time.Now().Add(late)
					pressed <- func() {
						time.Sleep(time.Until(due))
						mark(evidence.Mark{Act: act, By: "key"})
					}
				}
				if err := l.record(t.Context(), 0); err != nil {
					t.Fatal(err)
				}
				close(pressed)
				<-done
				for hand, mayErr := range map[string]bool{"": false, "1s": false, "200ms": false, "0s": true} {
					flags := l.auditFlags()
					flags.events.hand = hand
					_, v, err := scoreAudit(t.Context(), &flags, l.capture(), l.truth(), l.scenario.Expect.Observed)
					if err != nil {
						t.Fatal(err)
					}
					n := 0
					for _, a := range v.Rows {
						if a.Wrong && !mayErr {
							t.Errorf("--hand %q: %+v", hand, a)
						}
						if a.Wrong {
							n++
						}
					}
					if mayErr {
						wrong <- n
					}
				}
			})
		}
	})
	if n := <-wrong + <-wrong; n == 0 {
		t.Error("marks that are late and taken for exact made nothing wrong: this test shows nothing")
	}
}

// verdictsOf plays a scenario, audits it, and marks the answers.
func verdictsOf(t *testing.T, name string, seed uint64, unmarked bool) []score.Answer {
	t.Helper()
	if testing.Short() {
		t.Skip("takes 16 s")
	}
	l, err := openLab(filepath.Join(t.TempDir(), "run"), name, seed)
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	l.unmarked = unmarked
	if err := l.record(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	flags := l.auditFlags()
	if name == "accused" && !unmarked {
		picture(t, flags, l.capture())
	}
	_, v, err := scoreAudit(t.Context(), &flags, l.capture(), l.truth(), l.scenario.Expect.Observed)
	if err != nil {
		t.Fatal(err)
	}
	if expected := setAnswers[name]; expected != nil && !unmarked {
		askSets(t, l, flags, expected)
	}
	if len(v.Rows) != len(scenario.Allegations) {
		t.Fatalf("%d answers", len(v.Rows))
	}
	return v.Rows
}

// picture takes one of the report, if CONSTAT_SCREENSHOTS says where to.
func picture(t *testing.T, flags auditFlags, capture string) {
	t.Helper()
	dir := os.Getenv("CONSTAT_SCREENSHOTS")
	chromium, err := findBrowser()
	if dir == "" || err != nil {
		return
	}
	flags.html = filepath.Join(t.TempDir(), "report.html")
	doc, err := flags.conduct(t.Context(), []string{capture})
	if err != nil {
		t.Fatal(err)
	}
	defer doc.Transfers.Close()
	if err := flags.write(io.Discard, doc); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, chromium, "--headless=new", "--no-sandbox", "--hide-scrollbars", "--user-data-dir="+t.TempDir(),
		"--window-size=1280,1500", "--screenshot="+filepath.Join(dir, "lab-report.png"), "file://"+flags.html)
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("no picture: %v: %s", err, out)
	}
}
