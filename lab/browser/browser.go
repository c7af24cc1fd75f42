// Package browser drives Chromium by its DevTools protocol, as far as a script
// of a person's acts needs it: to open a page, to touch things by their
// data-testid, to type, and to look.
package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// Page is a tab.
type Page struct {
	conn *websocket.Conn
	next int
}

// Open connects to the first tab of a browser that listens on a loopback port
// (--remote-debugging-port), when it is there.
func Open(ctx context.Context, port int) (*Page, error) {
	for {
		p, err := open(ctx, port)
		if err == nil {
			return p, nil
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func open(ctx context.Context, port int) (*Page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:"+strconv.Itoa(port)+"/json/list", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	var tabs []struct {
		Type string `json:"type"`
		URL  string `json:"webSocketDebuggerUrl"`
	}
	if err := json.NewDecoder(res.Body).Decode(&tabs); err != nil {
		return nil, err
	}
	for _, t := range tabs {
		if t.Type == "page" {
			c, _, err := websocket.Dial(ctx, t.URL, nil)
			if err != nil {
				return nil, err
			}
			c.SetReadLimit(64 << 20)
			return &Page{conn: c}, nil
		}
	}
	return nil, errors.New("the browser has no tab yet")
}

// Close lets go of the tab.
func (p *Page) Close() { p.conn.CloseNow() }

// Call calls a method of the protocol and decodes its result, unless it is nil.
func (p *Page) Call(ctx context.Context, method string, params, result any) error {
	p.next++
	id := p.next
	if err := wsjson.Write(ctx, p.conn, map[string]any{"id": id, "method": method, "params": params}); err != nil {
		return err
	}
	for {
		var m struct {
			ID     int             `json:"id"`
			Result json.RawMessage `json:"result"`
			Error  *struct {
				Message string `json:"message"`
			} `json:"error"`
		}
		if err := wsjson.Read(ctx, p.conn, &m); err != nil {
			return err
		}
		if m.ID != id {
			continue // an event
		}
		if m.Error != nil {
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(m.Result, result)
	}
}

// Eval runs JavaScript and decodes what it gives, unless result is nil.
func (p *Page) Eval(ctx context.Context, js string, result any) error {
	var r struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception *struct {
			Text      string `json:"text"`
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	err := p.Call(ctx, "Runtime.evaluate", map[string]any{"expression": js, "awaitPromise": true, "returnByValue": true, "userGesture": true}, &r)
	switch {
	case err != nil:
		return err
	case r.Exception != nil:
		return fmt.Errorf("%s %s", r.Exception.Text, r.Exception.Exception.Description)
	case result == nil || r.Result.Value == nil:
		return nil
	}
	return json.Unmarshal(r.Result.Value, result)
}

// Wait waits until an element can be touched.
func (p *Page) Wait(ctx context.Context, testid string) error {
	js := fmt.Sprintf(`(e => !!e && !e.disabled && e.getClientRects().length > 0)(document.querySelector('[data-testid=%q]'))`, testid)
	for {
		var there bool
		if err := p.Eval(ctx, js, &there); err != nil {
			return err
		}
		if there {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not there: %w", testid, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Tap touches an element, when it is there.
func (p *Page) Tap(ctx context.Context, testid string) error {
	if err := p.Wait(ctx, testid); err != nil {
		return err
	}
	return p.Eval(ctx, fmt.Sprintf(`document.querySelector('[data-testid=%q]').click()`, testid), nil)
}

// Type types into an element, key by key.
func (p *Page) Type(ctx context.Context, testid, text string) error {
	if err := p.Wait(ctx, testid); err != nil {
		return err
	}
	if err := p.Eval(ctx, fmt.Sprintf(`document.querySelector('[data-testid=%q]').focus()`, testid), nil); err != nil {
		return err
	}
	for _, c := range text {
		if err := p.Call(ctx, "Input.insertText", map[string]any{"text": string(c)}, nil); err != nil {
			return err
		}
	}
	return nil
}

// Screenshot is the tab as JPEG.
func (p *Page) Screenshot(ctx context.Context) ([]byte, error) {
	var r struct {
		Data []byte `json:"data"`
	}
	err := p.Call(ctx, "Page.captureScreenshot", map[string]any{"format": "jpeg", "quality": 80}, &r)
	return r.Data, err
}

// Size makes the tab as large as a phone's.
func (p *Page) Size(ctx context.Context, width, height int) error {
	return p.Call(ctx, "Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 2, "mobile": true}, nil)
}
