// Command oracle renders templates with Go's own text/template and sprig, as
// the truth that outrigger-gotemplate is compared with. README.md has the protocol.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
)

// How long one template may run, and how much it may print.
const (
	timeLimit   = 10 * time.Second
	outputLimit = 4 << 20
)

type request struct {
	Template   string          `json:"template"`
	Data       json.RawMessage `json:"data"`
	Typed      string          `json:"typed"`
	MissingKey string          `json:"missingkey"`
	Funcs      string          `json:"funcs"`
}

type answer struct {
	OK    bool   `json:"ok"`
	Out   string `json:"out"`
	Error string `json:"error"`
	Stage string `json:"stage,omitempty"`
}

func main() {
	time.Local = time.UTC
	mode := ""
	if len(os.Args) > 1 {
		mode = os.Args[1]
	}
	switch mode {
	case "":
		supervise()
	case "worker":
		work()
	case "bench":
		bench(os.Args[2:])
	case "version":
		fmt.Println(versions())
	case "names":
		for _, name := range slices.Sorted(maps.Keys(sprig.TxtFuncMap())) {
			fmt.Println(name)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: oracle [version | names | bench TEMPLATE DATA ...]")
		os.Exit(2)
	}
}

func versions() string {
	text := runtime.Version()
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if strings.Contains(dep.Path, "sprig") {
				text += ", sprig " + dep.Version
			}
		}
	}
	return text
}

// supervise hands each line to a worker process, which is replaced when a
// template never ends or takes the process down: a goroutine cannot be stopped.
func supervise() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	var current *worker
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			if current == nil {
				current = startWorker()
			}
			reply := current.ask(append(bytes.TrimSpace(line), '\n'))
			if reply == nil {
				current.stop()
				current = nil
				reply, _ = json.Marshal(answer{Error: "oracle: no answer", Stage: "crash"})
				reply = append(reply, '\n')
			}
			out.Write(reply)
			out.Flush()
		}
		if err != nil {
			break
		}
	}
	if current != nil {
		current.stop()
	}
}

type worker struct {
	command *exec.Cmd
	input   io.Writer
	replies chan []byte
}

func startWorker() *worker {
	command := exec.Command(os.Args[0], "worker")
	input, err := command.StdinPipe()
	must(err)
	output, err := command.StdoutPipe()
	must(err)
	must(command.Start())
	replies := make(chan []byte, 1)
	go func() {
		defer close(replies)
		reader := bufio.NewReaderSize(output, 1<<20)
		for {
			line, err := reader.ReadBytes('\n')
			if err != nil {
				return
			}
			replies <- line
		}
	}()
	return &worker{command, input, replies}
}

func (w *worker) ask(line []byte) []byte {
	if _, err := w.input.Write(line); err != nil {
		return nil
	}
	select {
	case reply := <-w.replies:
		return reply
	case <-time.After(timeLimit):
		return nil
	}
}

func (w *worker) stop() {
	_ = w.command.Process.Kill()
	_ = w.command.Wait()
}

func work() {
	debug.SetMaxStack(512 << 20)
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		must(encoder.Encode(render(line)))
		out.Flush()
	}
}

func render(line []byte) (reply answer) {
	stage := "request"
	defer func() {
		if p := recover(); p != nil {
			reply = answer{Error: fmt.Sprint("panic: ", p), Stage: stage}
		}
	}()
	failed := func(err error) answer { return answer{Error: err.Error(), Stage: stage} }

	var req request
	if err := json.Unmarshal(line, &req); err != nil {
		return failed(err)
	}
	data, err := requestData(req)
	if err != nil {
		return failed(err)
	}
	stage = "parse"
	compiled, err := compile(req)
	if err != nil {
		return failed(err)
	}
	stage = "exec"
	out := limitedBuffer{}
	if err := compiled.Execute(&out, data); err != nil {
		return failed(err)
	}
	return answer{OK: true, Out: out.String()}
}

func compile(req request) (*template.Template, error) {
	t := template.New("t").Funcs(sprig.TxtFuncMap())
	if req.Funcs == "istio" {
		t = t.Funcs(istioFuncs())
	}
	if req.MissingKey != "" {
		t = t.Option("missingkey=" + req.MissingKey)
	}
	return t.Parse(req.Template)
}

func requestData(req request) (any, error) {
	if req.Typed != "" {
		data, ok := typedData()[req.Typed]
		if !ok {
			return nil, fmt.Errorf("no typed data %q", req.Typed)
		}
		return data, nil
	}
	if len(req.Data) == 0 {
		return nil, nil
	}
	return decode(req.Data)
}

// decode reads JSON so that a number without fraction and exponent is an int.
func decode(text []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var data any
	if err := decoder.Decode(&data); err != nil {
		return nil, err
	}
	return plain(data), nil
}

func plain(value any) any {
	switch value := value.(type) {
	case json.Number:
		if !strings.ContainsAny(value.String(), ".eE") {
			if n, err := strconv.Atoi(value.String()); err == nil {
				return n
			}
		}
		f, _ := value.Float64()
		return f
	case []any:
		for i, element := range value {
			value[i] = plain(element)
		}
	case map[string]any:
		for key, element := range value {
			value[key] = plain(element)
		}
	}
	return value
}

type limitedBuffer struct{ bytes.Buffer }

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if b.Len()+len(p) > outputLimit {
		return 0, errors.New("oracle: output limit")
	}
	return b.Buffer.Write(p)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}
