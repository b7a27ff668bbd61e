{{/* Helm names, labels and images. */}}

{{- define "alexnet.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/*
Name of the resources. Services may have no dot and begin with a letter; the longest suffix, that of a trainer's Job, has 22
characters. One that is too long ends in a digest, so that two of them still differ.
*/}}
{{- define "alexnet.fullname" -}}
{{- $wanted := .Values.fullnameOverride -}}
{{- if not $wanted -}}
{{- $wanted = .Release.Name | replace "." "-" -}}
{{- $name := include "alexnet.name" . -}}
{{- if not (contains $name $wanted) }}{{ $wanted = printf "%s-%s" $wanted $name }}{{ end -}}
{{- if not (regexMatch "^[a-z]" $wanted) }}{{ $wanted = printf "alexnet-%s" $wanted }}{{ end -}}
{{- end -}}
{{- if gt (len $wanted) 40 -}}
{{- printf "%s-%s" (trunc 31 $wanted | trimSuffix "-") (sha256sum $wanted | trunc 8) -}}
{{- else -}}
{{- $wanted -}}
{{- end -}}
{{- end -}}

{{/* @param root, component */}}
{{- define "alexnet.selector" -}}
app.kubernetes.io/name: {{ include "alexnet.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* @param root, component */}}
{{- define "alexnet.labels" -}}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_")
  "app.kubernetes.io/version" .root.Chart.AppVersion
  "app.kubernetes.io/managed-by" .root.Release.Service
  "app.kubernetes.io/part-of" "alexnet" -}}
{{- toYaml (merge (include "alexnet.selector" . | fromYaml) $own .root.Values.commonLabels) -}}
{{- end -}}

{{/* @param root, image */}}
{{- define "alexnet.image" -}}
{{- $image := printf "%s:%s" .image.repository (.image.tag | default .root.Values.image.tag | default .root.Chart.AppVersion) -}}
{{- if .root.Values.image.registry -}}
{{- printf "%s/%s" (.root.Values.image.registry | trimSuffix "/") $image -}}
{{- else -}}
{{- $image -}}
{{- end -}}
{{- end -}}

{{- define "alexnet.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (ternary (include "alexnet.fullname" .) "default" .Values.serviceAccount.create) -}}
{{- end -}}

{{/* Numbers of values files are floating-point numbers for templates, which would print 1e+06. */}}
{{- define "alexnet.text" -}}
{{- if or (kindIs "float64" .) (kindIs "int64" .) (kindIs "int" .) }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}
