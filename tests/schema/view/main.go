// Command view writes what Go makes of Pods and quantities into tests/data/view.
//
//	cd tests/schema && go run ./view ../data/view
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"
)

func main() {
	write("quantities.txt", quantities())
	write("pods.jsonl", pods())
	write("templates.jsonl", templates())
}

func write(name, text string) {
	if err := os.WriteFile(filepath.Join(os.Args[1], name), []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
}

// quantities gives lines of a text and its canonical form.
func quantities() string {
	var out strings.Builder
	numbers := []string{
		"0", "1", "2", "3", "05", "8", "10", "100", "500", "999", "1000", "1024", "1025", "1500", "2000", "2048", "4096",
		"100000", "1048576", "123456789", "0.1", "0.5", "0.0001", "1.0", "1.5", "1.500", "2.25", "0.0000000001", ".5", "5.",
		"1.0000000009", "1000.000", "-1", "-0.5", "+5", "-2048", "0.0", "00", "1234567890123", "999999999999999",
	}
	suffixes := []string{"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "e0", "E4", "e-3", "e6"}
	for _, number := range numbers {
		for _, suffix := range suffixes {
			text := number + suffix
			q, err := resource.ParseQuantity(text)
			if err != nil {
				log.Printf("%s: %v", text, err)
				continue
			}
			again, err := resource.ParseQuantity(q.String())
			if err != nil || again.Cmp(q) != 0 { // 1000E becomes 1
				log.Printf("%s: left out, Go writes %s", text, q.String())
				continue
			}
			fmt.Fprintf(&out, "%s %s\n", text, q.String())
		}
	}
	return out.String()
}

// pods gives lines of Pods with the keys of every object sorted, and their JSON as Go writes it.
func pods() string {
	var out strings.Builder
	source := rand.New(rand.NewSource(1))
	filler := randfill.NewWithSeed(1).NilChance(0.5).NumElements(1, 2).Funcs(
		func(q *resource.Quantity, c randfill.Continue) {
			*q = *resource.NewMilliQuantity(int64(source.Intn(9000)), resource.DecimalSI)
		},
		func(t *metav1.Time, c randfill.Continue) {
			if source.Intn(3) > 0 {
				*t = metav1.NewTime(time.Unix(int64(source.Intn(1<<30)), 0).UTC())
			}
		},
		func(f *metav1.FieldsV1, c randfill.Continue) { f.Raw = []byte(`{"f:spec":{}}`) },
		func(p *intstr.IntOrString, c randfill.Continue) {
			*p = []intstr.IntOrString{intstr.FromInt32(80), intstr.FromString("http"), {}}[source.Intn(3)]
		},
		func(s *string, c randfill.Continue) {
			*s = []string{"", "a", "<b> & \"c\"", "é\u2028\n"}[source.Intn(4)]
		},
		func(n *int32, c randfill.Continue) { *n = int32(source.Intn(3) - 1) },
		func(n *int64, c randfill.Continue) { *n = int64(source.Intn(3) - 1) },
	)
	for range 6 {
		var p corev1.Pod
		filler.Fill(&p)
		first, err := json.Marshal(p)
		if err != nil {
			log.Fatal(err)
		}
		// Read back once: a pointer to a zero time is written as null, which is read as no pointer.
		var read corev1.Pod
		if err := json.Unmarshal(first, &read); err != nil {
			log.Fatal(err)
		}
		text, err := json.Marshal(read)
		if err != nil {
			log.Fatal(err)
		}
		var sorted map[string]any
		if err := json.Unmarshal(first, &sorted); err != nil {
			log.Fatal(err)
		}
		shuffled, err := json.Marshal(sorted)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintf(&out, "{\"pod\":%s,\"go\":%s}\n", shuffled, text)
	}
	return out.String()
}
