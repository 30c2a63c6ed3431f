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
	"syscall"
	"text/template"
	"time"

	"github.com/Masterminds/sprig/v3"
)

// How long one template may run, how much it may print, and how much memory a
// worker may take: a template that needs more takes its worker down.
const (
	timeLimit   = 10 * time.Second
	outputLimit = 4 << 20
	memoryLimit = 2 << 30
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

// How many templates a worker is given at once.
const batchLimit = 64

// supervise hands the lines to a worker process, which is replaced when a
// template never ends or takes the process down: a goroutine cannot be stopped.
func supervise() {
	lines := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	var current *worker
	for {
		batch, err := readBatch(lines)
		// Once a batch has failed its lines go one by one, as those that came
		// before the culprit may have been answered in vain.
		for size := len(batch); len(batch) > 0; {
			size = min(size, len(batch))
			if current == nil {
				current = startWorker()
			}
			answered := current.ask(batch[:size], out)
			if answered < size {
				current.stop()
				current = nil
				if size == 1 {
					reply, _ := json.Marshal(answer{Error: "oracle: no answer", Stage: "crash"})
					out.Write(append(reply, '\n'))
					answered = 1
				}
				size = 1
			}
			batch = batch[answered:]
		}
		out.Flush()
		if err != nil {
			break
		}
	}
	if current != nil {
		current.stop()
	}
}

// readBatch waits for a line and takes those along that have come with it.
func readBatch(lines *bufio.Reader) (batch [][]byte, err error) {
	for len(batch) < batchLimit {
		if len(batch) > 0 {
			waiting, _ := lines.Peek(lines.Buffered())
			if !bytes.Contains(waiting, []byte{'\n'}) {
				break
			}
		}
		line, err := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			batch = append(batch, append(line, '\n'))
		}
		if err != nil {
			return batch, err
		}
	}
	return batch, nil
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
	replies := make(chan []byte, batchLimit)
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

// ask writes the answers to the lines and tells how many there are: fewer than
// lines if the worker did not answer in time or ended.
func (w *worker) ask(lines [][]byte, out io.Writer) int {
	if _, err := w.input.Write(bytes.Join(lines, nil)); err != nil {
		return 0
	}
	for n := range lines {
		select {
		case reply, ok := <-w.replies:
			if !ok {
				return n
			}
			out.Write(reply)
		case <-time.After(timeLimit):
			return n
		}
	}
	return len(lines)
}

func (w *worker) stop() {
	_ = w.command.Process.Kill()
	_ = w.command.Wait()
}

func work() {
	debug.SetMaxStack(512 << 20)
	// Collects what it can before the limit, where allocation fails.
	debug.SetMemoryLimit(memoryLimit / 2)
	must(syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: memoryLimit, Max: memoryLimit}))
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
		if lines.Buffered() == 0 {
			out.Flush()
		}
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
