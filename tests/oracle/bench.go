package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// How often each is measured, and how much processor time it takes at least; the fastest round counts.
const (
	rounds    = 9
	roundTime = 50 * time.Millisecond
)

type measured struct {
	Name          string  `json:"name"`
	ParseNs       float64 `json:"parse_ns"`
	ParseAllocs   float64 `json:"parse_allocs"`
	ExecuteNs     float64 `json:"execute_ns"`
	ExecuteAllocs float64 `json:"execute_allocs"`
	Output        string  `json:"output"`
}

// bench times parse and execution of each (template file, data file) pair and
// prints one JSON line for each.
func bench(args []string) {
	for ; len(args) >= 2; args = args[2:] {
		source, err := os.ReadFile(args[0])
		must(err)
		text, err := os.ReadFile(args[1])
		must(err)
		data, err := decode(text)
		must(err)
		req := request{Template: string(source), Funcs: "istio"}
		compiled, err := compile(req)
		must(err)
		var out string
		execute := func() {
			// The output is a new string every time, as it is where the engine renders.
			var builder strings.Builder
			must(compiled.Execute(&builder, data))
			out = builder.String()
		}
		execute()

		result := measured{Name: args[0], Output: out}
		result.ParseNs, result.ParseAllocs = measure(func() {
			// Into a template that has its functions already: adding them takes longer than parsing a small template.
			_, err := compiled.Parse(req.Template)
			must(err)
		})
		result.ExecuteNs, result.ExecuteAllocs = measure(execute)
		line, err := json.Marshal(result)
		must(err)
		fmt.Println(string(line))
	}
}

// measure gives nanoseconds of processor time, the garbage collector's included, and allocations of one call.
func measure(run func()) (ns, allocs float64) {
	batch := func(n int) time.Duration {
		start := processorTime()
		for range n {
			run()
		}
		return processorTime() - start
	}
	// So many that asking for the time does not count.
	n := 1
	for batch(n) < roundTime {
		n *= 2
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	batch(n)
	runtime.ReadMemStats(&after)
	fastest := batch(n)
	for range rounds - 1 {
		fastest = min(fastest, batch(n))
	}
	return float64(fastest.Nanoseconds()) / float64(n), float64(after.Mallocs-before.Mallocs) / float64(n)
}

// processorTime is what this process has used, so that other work on the machine does not count.
func processorTime() time.Duration {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
