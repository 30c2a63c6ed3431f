package main

import (
	"errors"
	"fmt"
	"time"
)

// The typed values that a request selects by name. The Rust tests hold the same
// values behind the engine's host trait (crates/gotemplate/tests/typed/): keep
// both in step.

// Mode is an enum that prints by name.
type Mode int32

func (m Mode) String() string {
	switch m {
	case 0:
		return "REDIRECT"
	case 1:
		return "TPROXY"
	}
	return fmt.Sprintf("Mode(%d)", int32(m))
}

// Flag is the shape of a protobuf wrapper: its methods work on a nil pointer.
type Flag struct{ Value bool }

func (f *Flag) GetValue() bool {
	if f == nil {
		return false
	}
	return f.Value
}

type Port struct {
	Number int32
	Name   string
}

func (p Port) Describe() string   { return fmt.Sprintf("%s/%d", p.Name, p.Number) }
func (p Port) Plus(n int32) int32 { return p.Number + n }
func (p Port) Join(sep string, rest ...string) string {
	for _, r := range rest {
		sep += r
	}
	return p.Name + sep
}
func (p Port) Fail() (string, error) { return "", errors.New("port failed") }
func (p Port) Check(ok bool) (string, error) {
	if !ok {
		return "", errors.New("not ok")
	}
	return "checked", nil
}
func (p *Port) Pointer() string { return "pointer to " + p.Name }

type Meta struct {
	Name        string
	Labels      map[string]string
	Annotations map[string]string
	hidden      int
}

type Pod struct {
	Meta
	Mode     Mode
	Mode2    *Mode
	Hold     *Flag
	NilHold  *Flag
	Ports    []Port
	PortPtrs []*Port
	First    Port
	Only     *Port
	NilPort  *Port
	Count    int
	Small    int8
	Mid      int32
	Big      int64
	Unsigned uint16
	Byte     byte
	Single   float32
	Ratio    float64
	On       bool
	Text     string
	Bytes    []byte
	Names    []string
	NilNames []string
	Array    [3]int
	Matrix   [][]int
	Counts   map[string]int
	ByNumber map[int]string
	ByBool   map[bool]string
	NilMap   map[string]string
	Objects  map[string]Port
	Pointers map[string]*Port
	Any      any
	NilAny   any
	AnyMap   map[string]any
	Timeout  time.Duration
	Err      error
	Rune     rune
	Complex  complex128
	Func     func(int) int
	NilFunc  func() string
	Anon     struct{ A, B int }
}

func (p *Pod) Greeting() string { return "hello " + p.Name }

func typedData() map[string]any {
	mode := Mode(1)
	pod := &Pod{
		Meta: Meta{
			Name:        "web",
			Labels:      map[string]string{"app": "shop", "tier": "front"},
			Annotations: nil,
			hidden:      1,
		},
		Mode:     1,
		Mode2:    &mode,
		Hold:     &Flag{true},
		Ports:    []Port{{80, "http"}, {443, "https"}},
		PortPtrs: []*Port{{8080, "alt"}, nil},
		First:    Port{80, "http"},
		Only:     &Port{9090, "metrics"},
		Count:    3,
		Small:    -8,
		Mid:      32,
		Big:      1 << 40,
		Unsigned: 65535,
		Byte:     'A',
		Single:   1.1,
		Ratio:    2.5,
		On:       true,
		Text:     "héllo",
		Bytes:    []byte("raw"),
		Names:    []string{"a", "b", "c"},
		Array:    [3]int{1, 2, 3},
		Matrix:   [][]int{{1, 2}, {3}},
		Counts:   map[string]int{"x": 1, "y": 2},
		ByNumber: map[int]string{2: "two", 1: "one"},
		ByBool:   map[bool]string{true: "yes", false: "no"},
		Objects:  map[string]Port{"http": {80, "http"}},
		Pointers: map[string]*Port{"http": {80, "http"}, "none": nil},
		Any:      Port{1, "any"},
		AnyMap:   map[string]any{"n": 1, "nil": nil, "list": []any{1, "b"}},
		Timeout:  90 * time.Second,
		Err:      errors.New("broken"),
		Rune:     'x',
		Complex:  complex(1, -2),
		Func:     func(n int) int { return n * 2 },
		Anon:     struct{ A, B int }{1, 2},
	}
	return map[string]any{
		"pod":      pod,
		"podvalue": *pod,
		"nilpod":   (*Pod)(nil),
		"labels":   map[string]string{"app": "shop", "tier": "front"},
		"nilmap":   map[string]string(nil),
		"mode":     Mode(1),
		"flag":     &Flag{true},
		"nilflag":  (*Flag)(nil),
		"port":     Port{80, "http"},
		"ports":    []Port{{80, "http"}, {443, "https"}},
		"strings":  []string{"a", "b", "c"},
		"bynumber": map[int]string{2: "two", 1: "one"},
	}
}
