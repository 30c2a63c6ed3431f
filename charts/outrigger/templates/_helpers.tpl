{{/* The name of the release's objects. */}}
{{- define "outrigger.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What Pods of the release are found by; never changes over a release's life. */}}
{{- define "outrigger.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "outrigger.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "outrigger.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The revision, which is "default" if it has no name. */}}
{{- define "outrigger.revision" -}}
{{- .Values.revision | default "default" -}}
{{- end -}}

{{/* The name of an object of the whole cluster, with the revision behind it if that has a name. */}}
{{- define "outrigger.clusterName" -}}
{{- $revision := include "outrigger.revision" .root -}}
{{- if eq $revision "default" -}}{{ .base }}{{- else -}}{{ .base }}-{{ $revision }}{{- end -}}
{{- end -}}

{{/* The namespace and the names of the ConfigMaps that are read. */}}
{{- define "outrigger.configNamespace" -}}
{{- if .Values.configMap.create -}}{{ .Release.Namespace }}{{- else -}}{{ .Values.istio.namespace }}{{- end -}}
{{- end -}}
{{- define "outrigger.injectorConfigMap" -}}
{{- if .Values.configMap.create -}}{{ include "outrigger.fullname" . }}
{{- else -}}{{ .Values.istio.injectorConfigMap | default (include "outrigger.clusterName" (dict "root" . "base" "istio-sidecar-injector")) }}
{{- end -}}
{{- end -}}
{{- define "outrigger.meshConfigMap" -}}
{{- if .Values.configMap.create -}}{{ include "outrigger.fullname" . }}
{{- else -}}{{ .Values.istio.meshConfigMap | default (include "outrigger.clusterName" (dict "root" . "base" "istio")) }}
{{- end -}}
{{- end -}}

{{- define "outrigger.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}{{ .Values.serviceAccount.name | default (include "outrigger.fullname" .) }}
{{- else -}}{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{- define "outrigger.certificateSecret" -}}
{{- .Values.certificates.secretName | default (printf "%s-tls" (include "outrigger.fullname" .)) -}}
{{- end -}}

{{- define "outrigger.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}
{{- else -}}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end -}}
