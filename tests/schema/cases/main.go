// Command cases prints crates/strategic-merge/tests/data/cases.jsonl: pairs of Pods and patches, and what
// k8s.io/apimachinery makes of them.
//
//	cd tests/schema && go run ./cases > ../../crates/strategic-merge/tests/data/cases.jsonl
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"math/rand"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// A case is one line; a null result says that Go gives an error.
type testCase struct {
	Name     string          `json:"name"`
	Original json.RawMessage `json:"original"`
	Patch    json.RawMessage `json:"patch"`
	Result   json.RawMessage `json:"result"`
}

func main() {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for _, c := range written {
		emit(out, c[0], []byte(c[1]), []byte(c[2]))
	}
	r := rand.New(rand.NewSource(1))
	for i := range 400 {
		g := generator{r: r}
		original, err := json.Marshal(g.object(pod))
		if err != nil {
			log.Fatal(err)
		}
		g.patch = true
		patch, err := json.Marshal(g.object(pod))
		if err != nil {
			log.Fatal(err)
		}
		emit(out, fmt.Sprintf("generated %d", i), original, patch)
	}
}

func emit(out *json.Encoder, name string, original, patch []byte) {
	defer func() {
		if p := recover(); p != nil {
			log.Printf("%s: left out, Go panics: %v", name, p)
		}
	}()
	result, err := strategicpatch.StrategicMergePatch(original, patch, corev1.Pod{})
	if err != nil {
		log.Printf("%s: %v", name, err)
		result = []byte("null")
	}
	if err := out.Encode(testCase{name, original, patch, result}); err != nil {
		log.Fatalf("%s: %v", name, err)
	}
}
