package main

import (
	"maps"
	"math/rand"
	"slices"
)

// A shape says what generated JSON may stand in a field.
type shape struct {
	fields map[string]shape // an object
	key    string           // a list of objects of these fields, merged by this key
	list   bool             // a list: of objects if there are fields, else of words
	keys   []any            // the values that the key has
	merged bool             // a list of words that is united
}

var words = []any{"a", "b", "c", "d", "e"}

func list(key string, keys []any, fields map[string]shape) shape {
	return shape{fields: fields, key: key, keys: keys, list: true}
}

func object(fields map[string]shape) shape { return shape{fields: fields} }

var (
	word      = shape{}
	wordList  = shape{list: true}
	words2    = object(map[string]shape{"a": word, "b": word, "c": word})
	container = map[string]shape{
		"image": word, "args": wordList,
		"env": list("name", words, map[string]shape{
			"value": word, "valueFrom": object(map[string]shape{"fieldRef": object(map[string]shape{"fieldPath": word})}),
		}),
		"ports":           list("containerPort", []any{80, 81, 82}, map[string]shape{"name": word, "protocol": word}),
		"volumeMounts":    list("mountPath", words, map[string]shape{"name": word}),
		"resources":       object(map[string]shape{"limits": words2}),
		"securityContext": object(map[string]shape{"runAsUser": word, "capabilities": object(map[string]shape{"add": wordList})}),
	}
	pod = object(map[string]shape{
		"metadata": object(map[string]shape{
			"name": word, "labels": words2, "annotations": words2,
			"finalizers":      {list: true, merged: true},
			"ownerReferences": list("uid", words, map[string]shape{"name": word}),
		}),
		"spec": object(map[string]shape{
			"containers": list("name", words, container), "initContainers": list("name", words, container),
			"volumes": list("name", words, map[string]shape{
				"emptyDir": object(map[string]shape{"medium": word}), "configMap": object(map[string]shape{"name": word}),
			}),
			"tolerations":      {list: true, fields: map[string]shape{"key": word, "value": word}},
			"hostAliases":      list("ip", words, map[string]shape{"hostnames": wordList}),
			"imagePullSecrets": list("name", words, nil),
			"nodeSelector":     words2, "dnsPolicy": word,
		}),
	})
)

// A generator makes JSON of a shape; for a patch with nulls and directives.
type generator struct {
	r     *rand.Rand
	patch bool
}

func (g generator) chance(percent int) bool { return g.r.Intn(100) < percent }

func (g generator) value(s shape) any {
	switch {
	case g.patch && g.chance(4):
		return nil
	case g.chance(1):
		return "other"
	case s.list:
		return g.list(s)
	case s.fields != nil:
		return g.object(s)
	default:
		return words[g.r.Intn(len(words))]
	}
}

func (g generator) object(s shape) map[string]any {
	out := map[string]any{}
	for _, name := range names(s.fields) {
		if !g.chance(45) {
			continue
		}
		f := s.fields[name]
		out[name] = g.value(f)
		if !g.patch || !f.list {
			continue
		}
		items, _ := out[name].([]any)
		if (f.key != "" || f.merged) && len(items) > 0 && g.chance(15) {
			out["$setElementOrder/"+name] = g.order(f, items)
		} else if f.merged && g.chance(20) {
			delete(out, name)
			out["$deleteFromPrimitiveList/"+name] = g.someOf(words)
		}
	}
	if g.patch && g.chance(3) {
		out["$patch"] = []any{"replace", "delete"}[g.r.Intn(2)]
	} else if g.patch && s.fields != nil && g.chance(4) {
		out["$retainKeys"] = g.retained(s, out)
	}
	return out
}

func (g generator) retained(s shape, out map[string]any) []any {
	keys := []any{}
	for _, name := range append(names(s.fields), "name") {
		if _, ok := out[name]; ok || g.chance(50) {
			keys = append(keys, name)
		}
	}
	return keys
}

func (g generator) list(s shape) []any {
	if s.fields == nil && s.key == "" {
		return g.someOf(words)
	}
	out := []any{}
	if s.key == "" {
		for range g.r.Intn(3) {
			out = append(out, g.object(s))
		}
		return out
	}
	for _, key := range g.someOf(s.keys) {
		item := g.object(s)
		item[s.key] = key
		if _, ok := item["$retainKeys"]; ok && s.key != "name" {
			delete(item, "$retainKeys")
		}
		delete(item, "$patch")
		if g.patch && g.chance(6) {
			item = map[string]any{"$patch": "delete", s.key: key}
		}
		out = append(out, item)
		if g.chance(4) {
			out = append(out, map[string]any{s.key: key, "image": "twice"})
		}
	}
	if g.patch && g.chance(3) {
		out = append(out, map[string]any{"$patch": "replace"})
	}
	if g.chance(1) {
		out = append(out, map[string]any{"image": "keyless"})
	}
	return out
}

// order lists the items of a patch and others among them; now and then it is wrong.
func (g generator) order(s shape, items []any) []any {
	out := []any{}
	seen := map[any]bool{}
	put := func(key any) {
		if seen[key] {
			return
		}
		seen[key] = true
		if s.key != "" {
			out = append(out, map[string]any{s.key: key})
		} else {
			out = append(out, key)
		}
	}
	keys := map[any]bool{}
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			keys[m[s.key]] = true
		} else {
			keys[item] = true
		}
	}
	vocabulary := s.keys
	if s.key == "" {
		vocabulary = words
	}
	for _, item := range items {
		if other := vocabulary[g.r.Intn(len(vocabulary))]; !keys[other] {
			put(other)
		}
		if m, ok := item.(map[string]any); !ok {
			put(item)
		} else if key, ok := m[s.key]; ok && m["$patch"] == nil && !g.chance(2) {
			put(key)
		}
	}
	return out
}

// someOf picks some of the choices, in any order.
func (g generator) someOf(choices []any) []any {
	out := []any{}
	for _, i := range g.r.Perm(len(choices))[:g.r.Intn(len(choices))] {
		out = append(out, choices[i])
	}
	return out
}

func names(fields map[string]shape) []string {
	return slices.Sorted(maps.Keys(fields))
}
