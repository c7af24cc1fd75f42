package phone

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/constat/constat/lab/scenario"
	"github.com/constat/constat/lab/subject"
	"github.com/constat/constat/lab/truth"
)

// The hosts that the app knows.
const (
	Home     = "quinze.example"
	Uploads  = "media.quinze.example"
	Log      = "log.quinze.example"
	LogSG    = "log-sg.quinze-data.example"
	LogCN    = "log-cn.quinze-data.example"
	Crash    = "crash.secousse.example"
	Stats    = "in.compteur.example"
	Ads      = "bid.reclame.example"
	Broker   = "s.courtier.example"
	OtherApp = "boutique.panier.example"
)

// Config is a phone before it is switched on.
type Config struct {
	Subject  *subject.Subject
	Scenario *scenario.Scenario
	Truth    *truth.Writer
	Proxy    *url.URL       // of the capture
	Roots    *x509.CertPool // that the phone trusts: the capture's authority
	Clip     []byte         // what the camera sees: a WebM file
	// Act and State are told what happens, when it happens; nil: nobody is.
	Act, State func(string)
	// Access is told what the phone's own log of accesses says: of kind "watch"
	// when it begins to note those to something, "access" at each.
	Access func(kind, what string)
	// Pace is the length of a pause of the person; default 400 ms.
	Pace time.Duration
}

// Phone is a phone that is switched on.
type Phone struct {
	Config
	client  *http.Client
	rand    *rand.Rand // of what belongs to the person and the phone: her face, its canvas
	chance  *rand.Rand // of what is new each time: keys, salts
	token   string     // of the session
	offline bool
	queue   []queued

	mu         sync.Mutex
	state, act string
}

// New switches a phone on.
func New(c Config) *Phone {
	if c.Pace == 0 {
		c.Pace = 400 * time.Millisecond
	}
	return &Phone{
		Config: c, rand: rand.New(rand.NewPCG(c.Subject.Seed, 15)), state: "closed",
		chance: rand.New(rand.NewPCG(c.Subject.Seed, uint64(time.Now().UnixNano()))),
		client: &http.Client{
			Timeout: 30 * time.Second,
			Transport: &http.Transport{
				Proxy: http.ProxyURL(c.Proxy), ForceAttemptHTTP2: true,
				TLSClientConfig: &tls.Config{RootCAs: c.Roots},
			},
		},
	}
}

func (p *Phone) now() (state, act string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.act
}

// does is an act of the person.
func (p *Phone) does(act string) {
	p.mu.Lock()
	p.act = act
	p.mu.Unlock()
	if p.Config.Act != nil {
		p.Config.Act(act)
	}
}

// becomes is a change of the app's state.
func (p *Phone) becomes(state string) {
	p.mu.Lock()
	p.state = state
	p.mu.Unlock()
	if p.Config.State != nil {
		p.Config.State(state)
	}
}

// accesses is what the phone notes when the app reads something of it.
func (p *Phone) accesses(kind, what string) {
	if p.Config.Access != nil {
		p.Config.Access(kind, what)
	}
}

// wait lets some time pass, in paces.
func (p *Phone) wait(ctx context.Context, paces float64) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(paces * float64(p.Pace))):
		return nil
	}
}

// Play plays the script: what the minimum experiment asks a person to do
// (ALLEGATIONS, section 5), in seconds instead of a day.
func (p *Phone) Play(ctx context.Context) error {
	for _, scene := range []func(context.Context) error{
		p.firstOpening, p.choice, p.browse, p.discardClip, p.keepDraft, p.away, p.signUp, p.post, p.stop,
	} {
		if err := scene(ctx); err != nil {
			return fmt.Errorf("the phone: %w", err)
		}
	}
	p.client.CloseIdleConnections()
	return p.Truth.Err()
}

func (p *Phone) get(ctx context.Context, path string) ([]byte, error) {
	return p.send(ctx, message{method: http.MethodGet, host: Home, path: path, carrier: "header"})
}

// firstOpening: the app is opened, and nothing is touched.
func (p *Phone) firstOpening(ctx context.Context) error {
	p.accesses("watch", "clipboard")
	p.accesses("watch", "location")
	p.becomes("foreground")
	p.does("app-opened")
	if _, err := p.get(ctx, "/api/settings"); err != nil {
		return err
	}
	if err := p.opened(ctx); err != nil {
		return err
	}
	return p.wait(ctx, 3)
}

// choice: the consent dialog is refused, then, from the settings, accepted.
func (p *Phone) choice(ctx context.Context) error {
	for _, c := range []struct{ act, choice string }{{"consent-refuse", "refused"}, {"consent-accept", "accepted"}} {
		p.does(c.act)
		if _, err := p.send(ctx, message{host: Home, path: "/api/consent", fields: []field{plain("choice", c.choice)}}); err != nil {
			return err
		}
		p.offline = c.choice == "accepted" && p.Scenario.Switch.OfflineQueue
		if err := p.chosen(ctx, c.choice); err != nil {
			return err
		}
		if err := p.wait(ctx, 2); err != nil {
			return err
		}
		if err := p.online(ctx); err != nil {
			return err
		}
	}
	return nil
}

// browse: clips are watched, something is searched for, a site is visited.
func (p *Phone) browse(ctx context.Context) error {
	b, err := p.get(ctx, "/api/feed")
	if err != nil {
		return err
	}
	var feed struct {
		Clips []struct{ ID, Video string }
	}
	if err := json.Unmarshal(b, &feed); err != nil || len(feed.Clips) == 0 {
		return errors.Join(errors.New("the feed is empty"), err)
	}
	video, err := url.Parse(feed.Clips[0].Video)
	if err != nil {
		return err
	}
	if _, err := p.send(ctx, message{method: http.MethodGet, host: Uploads, path: video.Path, carrier: "header"}); err != nil {
		return err
	}
	p.types(p.Subject.Get("search words"))
	if _, err := p.send(ctx, message{host: Home, path: "/api/search", carrier: "query", fields: []field{p.own("q", "search words")}}); err != nil {
		return err
	}
	if err := p.watched(ctx, feed.Clips[0].ID); err != nil {
		return err
	}
	return p.wait(ctx, 2)
}

// discardClip: a clip is recorded, looked at, and thrown away.
func (p *Phone) discardClip(ctx context.Context) error {
	p.does("record")
	if err := p.recorded(ctx); err != nil {
		return err
	}
	if err := p.wait(ctx, 2); err != nil {
		return err
	}
	p.does("next")
	if err := p.wait(ctx, 0.5); err != nil {
		return err
	}
	objects, err := p.nextTapped(ctx)
	if err != nil {
		return err
	}
	if err := p.wait(ctx, 2); err != nil {
		return err
	}
	p.does("discard")
	if !p.Scenario.Switch.KeepDiscarded {
		for _, o := range objects {
			if _, err := p.send(ctx, message{method: http.MethodDelete, host: Uploads, path: "/upload/" + o, why: "pre_upload"}); err != nil {
				return err
			}
		}
	}
	return p.wait(ctx, 2)
}

// keepDraft: another clip is kept as a draft, on the device.
func (p *Phone) keepDraft(ctx context.Context) error {
	for _, act := range []string{"record", "next", "save-draft"} {
		p.does(act)
		if err := p.wait(ctx, 1); err != nil {
			return err
		}
	}
	if p.Scenario.Switch.UploadDrafts {
		if err := p.uploadDraft(ctx); err != nil {
			return err
		}
	}
	return p.wait(ctx, 1)
}

// away: the app goes to the background, is swiped away, the screen goes off.
func (p *Phone) away(ctx context.Context) error {
	for _, state := range []string{"background", "swiped", "screen-off"} {
		if state == "swiped" {
			p.does("app-closed")
		}
		p.becomes(state)
		if err := p.wait(ctx, 1); err != nil {
			return err
		}
		if err := p.idle(ctx, state); err != nil {
			return err
		}
		if err := p.wait(ctx, 2); err != nil {
			return err
		}
	}
	return nil
}

// signUp: the person makes an account.
func (p *Phone) signUp(ctx context.Context) error {
	p.becomes("foreground")
	p.does("app-opened")
	if _, err := p.get(ctx, "/api/settings"); err != nil {
		return err
	}
	if err := p.reopened(ctx); err != nil {
		return err
	}
	if err := p.typing(ctx); err != nil {
		return err
	}
	p.does("sign-up")
	_, err := p.send(ctx, message{host: Home, path: "/api/signup", fields: []field{
		p.own("username", "user name"), p.own("email", "e-mail"), p.own("password", "password"),
	}})
	if err != nil {
		return err
	}
	if p.token == "" {
		return errors.New("no session after signing up")
	}
	if err := p.signedUp(ctx); err != nil {
		return err
	}
	return p.wait(ctx, 2)
}

// post: a clip is recorded and published.
func (p *Phone) post(ctx context.Context) error {
	for _, act := range []string{"record", "next"} {
		p.does(act)
		if err := p.wait(ctx, 1); err != nil {
			return err
		}
	}
	p.does("post")
	object, err := p.upload(ctx, "", "video/webm", p.Clip)
	if err != nil {
		return err
	}
	if _, err := p.send(ctx, message{host: Home, path: "/api/clips", fields: []field{
		plain("object", object), plain("caption", "premier essai"), plain("duration", 15),
	}}); err != nil {
		return err
	}
	return p.wait(ctx, 2)
}

func (p *Phone) stop(ctx context.Context) error {
	p.does("app-closed")
	p.becomes("closed")
	return p.wait(ctx, 1)
}

// upload sends a file and returns the server's name for it.
func (p *Phone) upload(ctx context.Context, why, mediaType string, file []byte) (string, error) {
	b, err := p.send(ctx, message{host: Uploads, path: "/upload", carrier: "media", why: why, media: file, mediaType: mediaType})
	if err != nil {
		return "", err
	}
	var r struct{ Object string }
	return r.Object, json.Unmarshal(b, &r)
}

// frame is a still of what the camera sees, as JPEG.
func (p *Phone) frame(side int) []byte {
	m := image.NewRGBA(image.Rect(0, 0, side, side*16/9))
	a, b := uint8(p.rand.UintN(256)), uint8(p.rand.UintN(256))
	for y := range m.Rect.Dy() {
		for x := range side {
			m.Set(x, y, color.RGBA{uint8(x*255/side) ^ a, uint8(y), uint8(x+y) ^ b, 255})
		}
	}
	var out bytes.Buffer
	jpeg.Encode(&out, m, &jpeg.Options{Quality: 80})
	return out.Bytes()
}
