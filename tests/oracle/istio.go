package main

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"text/template"
)

// istioFuncs are plain stand-ins, over JSON data, for the functions that
// injection templates use beyond sprig: enough to run the shipped templates
// here for the benchmark. The request asks for them with "funcs": "istio".
func istioFuncs() template.FuncMap {
	return template.FuncMap{
		"annotation":             annotation,
		"applicationPorts":       func(list any) string { return ports(list, "istio-proxy") },
		"appendMultusNetwork":    appendNetwork,
		"contains":               func(part, text string) bool { return strings.Contains(text, part) },
		"directory":              func(path string) string { return path[:strings.LastIndex(path, "/")+1] },
		"env":                    func(_, fallback string) string { return fallback },
		"excludeInboundPort":     excludePort,
		"excludeInterfaces":      func(s string) string { return s },
		"formatDuration":         func(d any) string { return fmt.Sprint(d) },
		"fromJSON":               fromJSON,
		"includeInboundPorts":    func(list any) string { return ports(list, "") },
		"indent":                 func(n int, s string) string { return strings.ReplaceAll(s, "\n", "\n"+strings.Repeat(" ", n)) },
		"isset":                  func(m map[string]any, key string) bool { _, ok := m[key]; return ok },
		"kubevirtInterfaces":     func(s string) string { return s },
		"mergeMaps":              mergeMaps,
		"omit":                   omit,
		"omitNil":                func(v any) any { return v },
		"otelResourceAttributes": func(...any) string { return "" },
		"protoToJSON":            compactJSON,
		"rawYaml":                func(s string) string { return s },
		"strdict":                strdict,
		"structToJSON":           compactJSON,
		"toJSON":                 compactJSON,
		"toJsonMap":              func(maps ...map[string]any) string { return compactJSON(mergeMaps(maps...)) },
		"toLower":                strings.ToLower,
		"toYaml":                 toYaml,
		"valueOrDefault":         valueOrDefault,
	}
}

func annotation(meta map[string]any, name string, fallback any) string {
	if annotations, ok := meta["Annotations"].(map[string]any); ok {
		if value, ok := annotations[name]; ok {
			return fmt.Sprint(value)
		}
	}
	return fmt.Sprint(fallback)
}

func ports(list any, without string) string {
	var found []string
	containers, _ := list.([]any)
	for _, c := range containers {
		container, _ := c.(map[string]any)
		if without != "" && container["Name"] == without {
			continue
		}
		entries, _ := container["Ports"].([]any)
		for _, e := range entries {
			port, _ := e.(map[string]any)
			if protocol := port["protocol"]; protocol != "UDP" && protocol != "SCTP" {
				found = append(found, fmt.Sprint(port["containerPort"]))
			}
		}
	}
	return strings.Join(found, ",")
}

func excludePort(port any, list string) string {
	text := strings.TrimSpace(fmt.Sprint(port))
	if text == "" || text == "0" {
		return list
	}
	var kept []string
	for _, element := range strings.Split(list, ",") {
		if element == text {
			return list
		}
		if element = strings.TrimSpace(element); element != "" {
			kept = append(kept, element)
		}
	}
	return strings.Join(append(kept, text), ",")
}

func appendNetwork(existing, network string) string {
	if existing == "" {
		return network
	}
	return existing + ", " + network
}

func fromJSON(text string) any {
	value, err := decode([]byte(text))
	if err != nil {
		return "{}"
	}
	return value
}

func compactJSON(v any) string {
	if v == nil {
		return "{}"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(text)
}

func mergeMaps(maps ...map[string]any) map[string]any {
	merged := map[string]any{}
	for _, m := range maps {
		for key, value := range m {
			merged[key] = value
		}
	}
	return merged
}

func omit(m map[string]any, keys ...string) map[string]any {
	kept := mergeMaps(m)
	for _, key := range keys {
		delete(kept, key)
	}
	return kept
}

func strdict(pairs ...string) map[string]any {
	dict := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		dict[pairs[i]] = ""
		if i+1 < len(pairs) {
			dict[pairs[i]] = pairs[i+1]
		}
	}
	return dict
}

func valueOrDefault(value, fallback any) any {
	if value == nil || value == "" {
		return fallback
	}
	return value
}

// toYaml writes block YAML with sorted keys; strings are quoted as JSON.
func toYaml(v any) string {
	var out strings.Builder
	writeYaml(&out, v, 0)
	return out.String()
}

func writeYaml(out *strings.Builder, v any, depth int) {
	pad := strings.Repeat("  ", depth)
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for _, key := range keys {
			out.WriteString(pad + key + ":")
			writeYamlChild(out, v[key], depth)
		}
	case []any:
		for _, element := range v {
			out.WriteString(pad + "-")
			writeYamlChild(out, element, depth)
		}
	default:
		out.WriteString(pad + compactJSON(v) + "\n")
	}
}

func writeYamlChild(out *strings.Builder, v any, depth int) {
	switch child := v.(type) {
	case map[string]any:
		if len(child) > 0 {
			out.WriteByte('\n')
			writeYaml(out, child, depth+1)
			return
		}
	case []any:
		if len(child) > 0 {
			out.WriteByte('\n')
			writeYaml(out, child, depth+1)
			return
		}
	}
	out.WriteString(" " + compactJSON(v) + "\n")
}
