package main

import (
	"encoding/json"
	"fmt"
	"log"
	"strings"
	"text/template"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The Pod that the expressions read. None of them prints a struct by itself: Go does that by methods that its API types
// have for debugging.
const sample = `{
	"metadata": {"name": "p", "generateName": "p-", "labels": {"app": "x", "b": "y"}, "annotations": {}},
	"spec": {
		"serviceAccountName": "sa", "serviceAccount": "sa", "dnsPolicy": "None", "hostNetwork": true,
		"shareProcessNamespace": false, "terminationGracePeriodSeconds": 30,
		"securityContext": {"runAsUser": 1000, "fsGroup": 0},
		"dnsConfig": {"nameservers": ["1.1.1.1"], "options": [{"name": "ndots", "value": "2"}]},
		"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a", "b"]}],
		"volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1024Mi"}}, {"name": "w", "configMap": {"name": "c"}}],
		"containers": [{
			"name": "app", "image": "app:1", "args": ["a", "b c"],
			"ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}, {"containerPort": 9090}],
			"env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
			"resources": {"limits": {"cpu": "2000m"}},
			"livenessProbe": {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 5},
			"readinessProbe": {"tcpSocket": {"port": 8080}},
			"securityContext": {"privileged": true, "capabilities": {"add": ["NET_ADMIN"]}}
		}, {"name": "other"}]
	}
}`

var expressions = []string{
	`{{ .ObjectMeta.Name }}{{ .ObjectMeta.Namespace }}{{ .ObjectMeta.GenerateName }}`,
	`{{ .ObjectMeta.Labels }}`,
	`{{ index .ObjectMeta.Labels "app" }},{{ index .ObjectMeta.Labels "none" }},{{ index .ObjectMeta.Annotations "none" }}`,
	`{{ .ObjectMeta.Labels.app }},{{ .ObjectMeta.Labels.none }}`,
	`{{ len .ObjectMeta.Labels }} {{ len .ObjectMeta.Annotations }} {{ len .ObjectMeta.Finalizers }} {{ len .Spec.Containers }}`,
	`{{ range $k, $v := .ObjectMeta.Labels }}{{ $k }}={{ $v }};{{ end }}`,
	`{{ range .ObjectMeta.OwnerReferences }}x{{ else }}none{{ end }}`,
	`{{ range $i, $c := .Spec.Containers }}{{ $i }}:{{ $c.Name }}:{{ .Image }};{{ end }}`,
	`{{ range .Spec.Containers }}{{ range .Ports }}{{ .ContainerPort }}/{{ .Protocol }} {{ end }}{{ end }}`,
	`{{ (index .Spec.Containers 0).Name }}`,
	`{{ (index .Spec.Containers 5).Name }}`,
	`{{ (index (index .Spec.Containers 0).Args 1) }}`,
	`{{ (index .Spec.Containers 0).Args }} {{ (index .Spec.Containers 1).Args }}`,
	`{{ (index .Spec.Containers 0).Ports }}`,
	`{{ .Spec.DNSConfig.Nameservers }} {{ .Spec.HostAliases }}`,
	`{{ .Spec.DNSPolicy }} {{ .Spec.ServiceAccountName }} {{ .Spec.DeprecatedServiceAccount }} {{ .Spec.HostNetwork }} {{ .Spec.HostPID }}`,
	`{{ .Spec.ServiceAccount }}`,
	`{{ .Spec.dnsPolicy }}`,
	`{{ .Spec.Nope }}`,
	`{{ .ObjectMeta.Nope }}`,
	`{{ if .Spec.SecurityContext }}yes{{ end }}{{ if .Spec.Affinity }}yes{{ else }}no{{ end }}{{ if .Spec.ShareProcessNamespace }}pointer{{ end }}`,
	`{{ if .Spec.NodeSelector }}yes{{ else }}no{{ end }}{{ if .ObjectMeta.Annotations }}yes{{ else }}no{{ end }}{{ if .Spec.Containers }}yes{{ end }}`,
	`{{ with .Spec.SecurityContext }}{{ .RunAsUser }} {{ .FSGroup }}{{ end }}`,
	`{{ with .Spec.SecurityContext }}{{ if .FSGroup }}zero{{ end }}{{ if .RunAsGroup }}{{ else }}nil{{ end }}{{ end }}`,
	`{{ .Spec.SecurityContext.RunAsGroup }}`,
	`{{ .Spec.Affinity.NodeAffinity }}`,
	`{{ .Spec.TerminationGracePeriodSeconds }}`,
	`{{ with index .Spec.Containers 0 }}{{ .LivenessProbe.HTTPGet.Port }} {{ .LivenessProbe.HTTPGet.Port.String }} {{ .LivenessProbe.HTTPGet.Port.IntValue }} {{ .LivenessProbe.HTTPGet.Port.StrVal }} {{ .LivenessProbe.HTTPGet.Port.IntVal }} {{ .LivenessProbe.HTTPGet.Port.Type }}{{ end }}`,
	`{{ with index .Spec.Containers 0 }}{{ .ReadinessProbe.TCPSocket.Port }} {{ .ReadinessProbe.TCPSocket.Port.IntValue }} {{ .ReadinessProbe.ProbeHandler.TCPSocket.Port.IntVal }}{{ end }}`,
	`{{ with index .Spec.Containers 0 }}{{ .LivenessProbe.PeriodSeconds }} {{ eq .LivenessProbe.PeriodSeconds 5 }}{{ end }}`,
	`{{ (index .Spec.Containers 0).LivenessProbe.TCPSocket.Port }}`,
	`{{ eq (index .Spec.Containers 0).Name "app" }} {{ eq (index (index .Spec.Containers 0).Ports 0).ContainerPort 80 }} {{ eq .Spec.HostNetwork true }}`,
	`{{ eq .Spec.DNSPolicy "None" }} {{ ne .Spec.RestartPolicy "Always" }} {{ lt (len .Spec.Volumes) 3 }}`,
	`{{ eq .Spec.ShareProcessNamespace false }}`,
	`{{ eq .Spec.SecurityContext.RunAsUser 1000 }}`,
	`{{ range .Spec.Volumes }}{{ .Name }}:{{ if .EmptyDir }}empty {{ .EmptyDir.SizeLimit }}{{ else if .VolumeSource.ConfigMap }}config {{ .ConfigMap.Name }}{{ end }};{{ end }}`,
	`{{ range (index .Spec.Containers 0).Env }}{{ .Name }}={{ .Value }}{{ with .ValueFrom }}{{ .FieldRef.FieldPath }}{{ end }};{{ end }}`,
	`{{ with (index .Spec.Containers 0).SecurityContext }}{{ .Privileged }} {{ .Capabilities.Add }} {{ .Capabilities.Drop }}{{ end }}`,
	`{{ printf "%s %v %d %q" .ObjectMeta.Name .Spec.HostNetwork (index (index .Spec.Containers 0).Ports 0).ContainerPort .Spec.DNSPolicy }}`,
	`{{ not .Spec.Tolerations }} {{ and .Spec.HostNetwork .ObjectMeta.Name }} {{ or .Spec.Hostname "h" }}`,
	`{{ slice (index .Spec.Containers 0).Args 1 }} {{ slice .ObjectMeta.GenerateName 0 1 }}`,
	`{{ .ObjectMeta.Labels.app.x }}`,
	`{{ index .Spec.SecurityContext "x" }}`,
	`{{ range .Spec.HostNetwork }}{{ end }}`,
}

// templates gives lines of the Pod, a template, and what Go prints, null where Go fails.
func templates() string {
	var pod corev1.Pod
	if err := json.Unmarshal([]byte(sample), &pod); err != nil {
		log.Fatal(err)
	}
	data := struct {
		ObjectMeta metav1.ObjectMeta
		Spec       corev1.PodSpec
	}{pod.ObjectMeta, pod.Spec}
	var out strings.Builder
	line(&out, json.RawMessage(sample))
	for _, text := range expressions {
		var printed strings.Builder
		t, err := template.New("t").Parse(text)
		if err != nil {
			log.Fatal(err)
		}
		if err := t.Execute(&printed, &data); err != nil {
			line(&out, []any{text, nil})
			continue
		}
		line(&out, []any{text, printed.String()})
	}
	return out.String()
}

func line(out *strings.Builder, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(out, "%s\n", text)
}
