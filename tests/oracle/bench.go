package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// How much processor time each measurement takes; the fastest of several rounds counts.
const (
	rounds    = 9
	roundTime = 80 * time.Millisecond
)

type measured struct {
	Name          string  `json:"name"`
	ParseNs       float64 `json:"parse_ns"`
	ParseAllocs   float64 `json:"parse_allocs"`
	ExecuteNs     float64 `json:"execute_ns"`
	ExecuteAllocs float64 `json:"execute_allocs"`
	OutputBytes   int     `json:"output_bytes"`
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
		var out limitedBuffer
		must(compiled.Execute(&out, data))

		result := measured{Name: args[0], OutputBytes: out.Len()}
		result.ParseNs, result.ParseAllocs = measure(func() {
			// Into a template that has its functions already: adding them takes longer than parsing a small template.
			_, err := compiled.Parse(req.Template)
			must(err)
		})
		result.ExecuteNs, result.ExecuteAllocs = measure(func() {
			out.Reset()
			must(compiled.Execute(&out, data))
		})
		line, err := json.Marshal(result)
		must(err)
		fmt.Println(string(line))
	}
}

// measure gives nanoseconds of processor time, the garbage collector's included, and allocations of one call.
func measure(run func()) (ns, allocs float64) {
	for range rounds {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start, n := processorTime(), 0
		for processorTime()-start < roundTime {
			for range 8 {
				run()
				n++
			}
		}
		took := float64((processorTime() - start).Nanoseconds()) / float64(n)
		runtime.ReadMemStats(&after)
		if ns == 0 || took < ns {
			ns = took
		}
		allocs = float64(after.Mallocs-before.Mallocs) / float64(n)
	}
	return ns, allocs
}

// processorTime is what this process has used, so that other work on the machine does not count.
func processorTime() time.Duration {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
