{{/* The environment of pods. Variables are those of docs/configuration.md. */}}

{{- define "alexnet.secretVariables" -}}
[REDIS_URL, BATCH_REDIS_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ALEXNET_CONSOLE_TOKEN, ALEXNET_NOTIFY_URL, ALEXNET_NOTIFY_SECRET]
{{- end -}}

{{/* The variables that have a value of their own, by the name of that value. */}}
{{- define "alexnet.typed" -}}
REDIS_URL: redis.url
BATCH_REDIS_URL: batchRedis.url
STORAGE_URL: storage.url
S3_ENDPOINT: storage.endpoint
AWS_REGION: storage.region
AWS_ACCESS_KEY_ID: storage.accessKeyId
AWS_SECRET_ACCESS_KEY: storage.secretAccessKey
ALEXNET_LOG_LEVEL: logLevel
ALEXNET_WINDOW_BYTES: trainer.windowBytes
ALEXNET_CONSOLE_TOKEN: console.token
ALEXNET_METRICS_PORT: metrics.port
ALEXNET_METRICS_HOST: listenAddress
ALEXNET_NOTIFY_URL: notifications.url
ALEXNET_NOTIFY_SECRET: notifications.secret
{{- end -}}

{{/* A value by its path, as text; empty if it is not set. @param root, path */}}
{{- define "alexnet.valueAt" -}}
{{- $value := .root.Values -}}
{{- range splitList "." .path }}{{ $value = index $value . }}{{ end -}}
{{- if not (kindIs "invalid" $value) }}{{ include "alexnet.text" $value }}{{ end -}}
{{- end -}}

{{/* Every variable that is set here, as a map: of `config`, of values, of the servers to try it out, and what pods need. */}}
{{- define "alexnet.variables" -}}
{{- $all := dict -}}
{{- range $variable, $value := .Values.config -}}
{{- if not (kindIs "invalid" $value) }}{{ $_ := set $all $variable (include "alexnet.text" $value) }}{{ end -}}
{{- end -}}
{{- range $variable, $path := include "alexnet.typed" . | fromYaml -}}
{{- $value := include "alexnet.valueAt" (dict "root" $ "path" $path) -}}
{{- if $value }}{{ $_ := set $all $variable $value }}{{ end -}}
{{- end -}}
{{- $name := include "alexnet.fullname" . -}}
{{- if .Values.tryOut.redis.enabled -}}
{{- $_ := set $all "REDIS_URL" (printf "redis://:%s@%s-redis:6379" .Values.tryOut.password $name) -}}
{{- $_ := set $all "BATCH_REDIS_URL" (printf "redis://:%s@%s-redis-slices:6379" .Values.tryOut.password $name) -}}
{{- end -}}
{{- if .Values.tryOut.minio.enabled -}}
{{- $_ := set $all "STORAGE_URL" "s3://alexnet" -}}
{{- $_ := set $all "S3_ENDPOINT" (printf "http://%s-minio:9000" $name) -}}
{{- $_ := set $all "AWS_ACCESS_KEY_ID" "alexnet" -}}
{{- $_ := set $all "AWS_SECRET_ACCESS_KEY" .Values.tryOut.password -}}
{{- end -}}
{{- toYaml (merge $all (dict "ALEXNET_METRICS_PORT" "9464" "ALEXNET_METRICS_HOST" "0.0.0.0" "ALEXNET_CACHE_DIR" "/var/cache/alexnet")) -}}
{{- end -}}

{{- define "alexnet.metricsPort" -}}
{{- (include "alexnet.variables" . | fromYaml).ALEXNET_METRICS_PORT -}}
{{- end -}}

{{/* Which key of which Secret has a variable: of an existing one, or of that of the chart. */}}
{{- define "alexnet.secretRefs" -}}
{{- $refs := dict -}}
{{- $variables := include "alexnet.variables" . | fromYaml -}}
{{- range include "alexnet.secretVariables" . | fromYamlArray -}}
{{- if hasKey $variables . }}{{ $_ := set $refs . (dict "name" (include "alexnet.fullname" $) "key" .) }}{{ end -}}
{{- end -}}
{{- $v := .Values -}}
{{- with $v.redis.existingSecret }}{{ if .name }}{{ $_ := set $refs "REDIS_URL" (dict "name" .name "key" .key) }}{{ end }}{{ end -}}
{{- with $v.batchRedis.existingSecret }}{{ if .name }}{{ $_ := set $refs "BATCH_REDIS_URL" (dict "name" .name "key" .key) }}{{ end }}{{ end -}}
{{- with $v.storage.existingSecret }}{{ if .name -}}
{{- $_ := set $refs "AWS_ACCESS_KEY_ID" (dict "name" .name "key" .accessKeyIdKey) -}}
{{- $_ := set $refs "AWS_SECRET_ACCESS_KEY" (dict "name" .name "key" .secretAccessKeyKey) -}}
{{- end }}{{ end -}}
{{- with $v.console.existingSecret }}{{ if .name }}{{ $_ := set $refs "ALEXNET_CONSOLE_TOKEN" (dict "name" .name "key" .key) }}{{ end }}{{ end -}}
{{- with $v.notifications.existingSecret }}{{ if .name -}}
{{- $_ := set $refs "ALEXNET_NOTIFY_URL" (dict "name" .name "key" .urlKey) -}}
{{- if .secretKey }}{{ $_ := set $refs "ALEXNET_NOTIFY_SECRET" (dict "name" .name "key" .secretKey) }}{{ end -}}
{{- end }}{{ end -}}
{{- toYaml $refs -}}
{{- end -}}

{{/* What the chart's Secret has. */}}
{{- define "alexnet.secretData" -}}
{{- $data := dict -}}
{{- $variables := include "alexnet.variables" . | fromYaml -}}
{{- range include "alexnet.secretVariables" . | fromYamlArray -}}
{{- if hasKey $variables . }}{{ $_ := set $data . (get $variables .) }}{{ end -}}
{{- end -}}
{{- toYaml $data -}}
{{- end -}}

{{/* What its ConfigMap has. The folder of the cache is another one for trainers: their image has TensorFlow in it. */}}
{{- define "alexnet.plainData" -}}
{{- $data := omit (include "alexnet.variables" . | fromYaml) "ALEXNET_CACHE_DIR" -}}
{{- range include "alexnet.secretVariables" . | fromYamlArray }}{{ $data = omit $data . }}{{ end -}}
{{- if .Values.traces.endpoint }}{{ $_ := set $data "OTEL_EXPORTER_OTLP_ENDPOINT" .Values.traces.endpoint }}{{ end -}}
{{- if or .Values.tls.ca.configMap .Values.tls.ca.secret }}{{ $_ := set $data "NODE_EXTRA_CA_CERTS" (printf "/etc/alexnet/ca/%s" .Values.tls.ca.key) }}{{ end -}}
{{- toYaml $data -}}
{{- end -}}

{{/* 80 % of a volume, since shards are downloaded beside those that are cached. @param size, e.g. 24Gi */}}
{{- define "alexnet.shardBytes" -}}
{{- $factor := get (dict "Mi" 1 "Gi" 1024 "Ti" 1048576) (regexFind "[A-Z]i$" .) -}}
{{- printf "%dMiB" (div (mul (regexFind "^[0-9]+" . | int64) $factor 80) 100) -}}
{{- end -}}

{{/* One address on each line, of several with commas or spaces between them. */}}
{{- define "alexnet.addresses" -}}
{{- regexReplaceAll "[\\s,]+([a-z+]+://)" (trim .) "\n${1}" -}}
{{- end -}}

{{/* The ports that an address of Redis needs, by lines: of Sentinels, theirs and the usual one of the servers that they name. */}}
{{- define "alexnet.redisPorts" -}}
{{- if regexMatch "^rediss?\\+sentinel://" . -}}
{{- $hosts := regexReplaceAll "^.*@" (regexReplaceAll "[/?#].*$" (regexReplaceAll "^[a-z+]+://" . "") "") "" -}}
{{- range splitList "," $hosts }}{{ include "alexnet.portOf" (dict "url" . "usual" 26379) }}{{ "\n" }}{{ end -}}
6379
{{- else -}}
{{- include "alexnet.portOf" (dict "url" . "usual" 6379) -}}
{{- end -}}
{{- end -}}

{{/* The port of a URL, or the one that is usual. Not by urlParse, whose error would show a password. @param url, usual */}}
{{- define "alexnet.portOf" -}}
{{- $authority := regexReplaceAll "[/?#].*$" (regexReplaceAll "^[a-z0-9+]+://" .url "") "" -}}
{{- regexFind ":[0-9]+$" (regexReplaceAll "^.*@" $authority "") | trimPrefix ":" | default (toString .usual) -}}
{{- end -}}
