// Command table prints crates/strategic-merge/src/pod.rs: the Go type Pod and every type reachable from it, as data.
//
//	cd tests/schema && go run ./table > ../../crates/strategic-merge/src/pod.rs
package main

import (
	"fmt"
	"log"
	"reflect"
	"strings"
	"unicode"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Types that are JSON scalars or raw JSON although Go has structs for them.
var leaves = map[reflect.Type]string{
	reflect.TypeFor[resource.Quantity]():  "Quantity",
	reflect.TypeFor[intstr.IntOrString](): "IntOrString",
	reflect.TypeFor[metav1.Time]():        "Time",
	reflect.TypeFor[metav1.FieldsV1]():    "Raw",
}

func main() {
	fmt.Print(`//! The Go types of a Pod, as k8s.io/api v0.34.4 declares them.
//!
//! Made by ` + "`go run ./table`" + ` in tests/schema, which says how; not edited by hand.

use crate::schema::{
    Struct,
    Type::{Bool, Int32, Int64, IntOrString, List, Map, Object, Pointer, Quantity, Raw, String, Time},
    always, embedded, optional,
};
`)
	seen := map[string]reflect.Type{}
	print(reflect.TypeFor[corev1.Pod](), seen)
}

// print writes the struct t and then the structs that its fields need.
func print(t reflect.Type, seen map[string]reflect.Type) {
	if other, ok := seen[t.Name()]; ok {
		if other != t {
			log.Fatalf("two types are called %s", t.Name())
		}
		return
	}
	seen[t.Name()] = t
	fmt.Printf("\n/// %s.%s\npub static %s: Struct = Struct { name: %q, fields: &[\n", t.PkgPath(), t.Name(), constant(t.Name()), t)
	var needed []reflect.Type
	for i := range t.NumField() {
		f := t.Field(i)
		fmt.Printf("    %s,\n", field(f, &needed))
	}
	fmt.Print("] };\n")
	for _, n := range needed {
		print(n, seen)
	}
}

func field(f reflect.StructField, needed *[]reflect.Type) string {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" {
		*needed = append(*needed, f.Type)
		return fmt.Sprintf("embedded(%q, &%s)", f.Name, constant(f.Type.Name()))
	}
	written := "always"
	// encoding/json never leaves out a struct for "omitempty", only for "omitzero".
	if strings.Contains(options, "omitzero") ||
		strings.Contains(options, "omitempty") && f.Type.Kind() != reflect.Struct {
		written = "optional"
	}
	out := fmt.Sprintf("%s(%q, %q, %s)", written, f.Name, name, rustType(f.Type, needed))
	strategies := strings.Split(f.Tag.Get("patchStrategy"), ",")
	key := f.Tag.Get("patchMergeKey")
	for _, s := range strategies {
		switch {
		case s == "merge" && key != "":
			out += fmt.Sprintf(".merged_by(%q)", key)
		case s == "merge":
			out += ".united()"
		case s == "" || s == "retainKeys": // which is for those who make patches
		default:
			log.Fatalf("unknown strategy %q of %s", s, f.Name)
		}
	}
	return out
}

func rustType(t reflect.Type, needed *[]reflect.Type) string {
	if leaf, ok := leaves[t]; ok {
		return leaf
	}
	switch t.Kind() {
	case reflect.String:
		return "String"
	case reflect.Bool:
		return "Bool"
	case reflect.Int32:
		return "Int32"
	case reflect.Int64:
		return "Int64"
	case reflect.Pointer:
		return "Pointer(&" + rustType(t.Elem(), needed) + ")"
	case reflect.Slice:
		return "List(&" + rustType(t.Elem(), needed) + ")"
	case reflect.Map:
		if t.Key().Kind() == reflect.String {
			return "Map(&" + rustType(t.Elem(), needed) + ")"
		}
	case reflect.Struct:
		*needed = append(*needed, t)
		return "Object(&" + constant(t.Name()) + ")"
	}
	log.Fatalf("no word for %s", t)
	return ""
}

// constant is the Rust name of a static: PodDNSConfig becomes POD_DNS_CONFIG.
func constant(name string) string {
	var out strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		starts := i > 0 && unicode.IsUpper(r) &&
			(unicode.IsLower(runes[i-1]) || (i+1 < len(runes) && unicode.IsLower(runes[i+1])))
		if starts {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToUpper(r))
	}
	return out.String()
}
