{{/*
What `outrigger webhook print` makes of the same settings; a test holds the two equal.
*/}}

{{/* Every name that the revision answers to, as a JSON list. */}}
{{- define "outrigger.names" -}}
{{- prepend .Values.tags (include "outrigger.revision" .) | uniq | toJson -}}
{{- end -}}

{{/* The entries, as YAML: prefix, namespaceSelector, objectSelector. */}}
{{- define "outrigger.entries" -}}
{{- $names := include "outrigger.names" . | fromJsonArray -}}
{{- $noInjection := dict "key" "istio-injection" "operator" "DoesNotExist" -}}
{{- $noRevision := dict "key" "istio.io/rev" "operator" "DoesNotExist" -}}
{{- $revision := dict "key" "istio.io/rev" "operator" "In" "values" $names -}}
{{- $notRefused := dict "key" "sidecar.istio.io/inject" "operator" "NotIn" "values" (list "false") -}}
{{- $entries := list
  (dict "prefix" "rev.namespace" "namespaces" (list $revision $noInjection) "pods" (list $notRefused))
  (dict "prefix" "rev.object" "namespaces" (list $noRevision $noInjection) "pods" (list $notRefused $revision)) -}}
{{- if has "default" $names -}}
{{- $enabled := dict "key" "istio-injection" "operator" "In" "values" (list "enabled") -}}
{{- $asked := dict "key" "sidecar.istio.io/inject" "operator" "In" "values" (list "true") -}}
{{- $entries = concat $entries (list
  (dict "prefix" "namespace" "namespaces" (list $enabled) "pods" (list $notRefused))
  (dict "prefix" "object" "namespaces" (list $noInjection $noRevision) "pods" (list $asked $noRevision))) -}}
{{- if .Values.enableNamespacesByDefault -}}
{{- $notSystem := dict "key" "kubernetes.io/metadata.name" "operator" "NotIn"
  "values" (list "kube-system" "kube-public" "kube-node-lease" "local-path-storage") -}}
{{- $silent := dict "key" "sidecar.istio.io/inject" "operator" "DoesNotExist" -}}
{{- $entries = append $entries
  (dict "prefix" "auto" "namespaces" (list $noInjection $noRevision $notSystem) "pods" (list $silent $noRevision)) -}}
{{- end -}}
{{- else if .Values.enableNamespacesByDefault -}}
{{- fail "enableNamespacesByDefault is for Pods that name no revision: leave revision empty, or add the tag default" -}}
{{- end -}}
{{- toYaml $entries -}}
{{- end -}}

{{/* The rule that every object has: Pods as they are created. */}}
{{- define "outrigger.rules" -}}
- apiGroups: [""]
  apiVersions: [v1]
  operations: [CREATE]
  resources: [pods]
  scope: Namespaced
{{- end -}}

{{/* Pods that no sidecar fits, and those that the injector needs to come up, are never sent. */}}
{{- define "outrigger.conditions" -}}
- name: not-host-network
  expression: "!object.spec.?hostNetwork.orValue(false)"
- name: not-windows
  expression: object.spec.?os.?name.or(object.spec.?nodeSelector[?'kubernetes.io/os']).orValue('') != 'windows'
- name: not-mirror
  expression: "!object.metadata.?annotations[?'kubernetes.io/config.mirror'].hasValue()"
- name: not-system
  expression: "!(request.namespace in ['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage'])"
- name: not-injector
  expression: request.namespace != '{{ .Release.Namespace }}'
{{- end -}}

{{/* Whether any of the selectors matches the Pod's labels, as CEL; empty if none ever does. */}}
{{- define "outrigger.anySelector" -}}
{{- $any := list -}}
{{- range . -}}
  {{- $all := list -}}
  {{- range $key, $value := .matchLabels | default dict -}}
    {{- $all = append $all (include "outrigger.requirement" (dict "key" $key "operator" "In" "values" (list $value))) -}}
  {{- end -}}
  {{- range .matchExpressions | default list -}}
    {{- $all = append $all (include "outrigger.requirement" .) -}}
  {{- end -}}
  {{- if $all -}}{{- $any = append $any (join " && " $all) -}}{{- end -}}
{{- end -}}
{{- join " || " $any -}}
{{- end -}}

{{- define "outrigger.requirement" -}}
{{- $label := printf "object.metadata.?labels[?'%s']" .key -}}
{{- $values := list -}}
{{- range .values | default list -}}{{- $values = append $values (printf "'%s'" .) -}}{{- end -}}
{{- $among := printf "%s.optMap(v, v in [%s]).orValue(false)" $label (join ", " $values) -}}
{{- if eq .operator "In" -}}{{ $among }}
{{- else if eq .operator "NotIn" -}}!{{ $among }}
{{- else if eq .operator "Exists" -}}{{ $label }}.hasValue()
{{- else -}}!{{ $label }}.hasValue()
{{- end -}}
{{- end -}}

{{/* Whether the Pod would be injected by its own word, the selectors and the policy, as CEL. */}}
{{- define "outrigger.wanted" -}}
{{- $said := "object.metadata.?labels[?'sidecar.istio.io/inject'].or(object.metadata.?annotations[?'sidecar.istio.io/inject']).orValue('')" -}}
{{- $never := include "outrigger.anySelector" .neverInjectSelector -}}
{{- $always := include "outrigger.anySelector" .alwaysInjectSelector -}}
{{- $undecided := list -}}
{{- if $never -}}{{- $undecided = append $undecided (printf "!(%s)" $never) -}}{{- end -}}
{{- if and (eq .policy "disabled") $always -}}{{- $undecided = append $undecided (printf "(%s)" $always) -}}{{- end -}}
{{- if and (eq .policy "disabled") (not $always) -}}{{ $said }} == 'true'
{{- else if $undecided -}}{{ $said }} == 'true' || {{ $said }} != 'false' && {{ join " && " $undecided }}
{{- else -}}{{ $said }} != 'false'
{{- end -}}
{{- end -}}
