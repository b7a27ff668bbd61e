{{/* What a schema cannot say. Values that may be secret are not repeated. @param root, expected, actual, remedy */}}
{{- define "alexnet.refuse" -}}
{{- fail (printf "\n  expected: %s\n  actual:   %s\n  remedy:   %s" .expected .actual .remedy) -}}
{{- end -}}

{{- define "alexnet.validate" -}}
{{- $v := .Values -}}
{{- $config := dict -}}
{{- range $variable, $value := $v.config }}{{ if not (kindIs "invalid" $value) }}{{ $_ := set $config $variable $value }}{{ end }}{{ end -}}

{{- range $variable, $path := include "alexnet.typed" . | fromYaml -}}
{{- if and (hasKey $config $variable) (include "alexnet.valueAt" (dict "root" $ "path" $path)) -}}
{{- include "alexnet.refuse" (dict "expected" (printf "%s to be set once" $variable) "actual" (printf "both %s and config.%s are set" $path $variable) "remedy" (printf "Remove config.%s." $variable)) -}}
{{- end -}}
{{- end -}}

{{- /* Secrets: inline, or in an existing Secret. */ -}}
{{- range list
  (list "redis" "REDIS_URL" "redis.url")
  (list "batchRedis" "BATCH_REDIS_URL" "batchRedis.url")
  (list "storage" "AWS_ACCESS_KEY_ID" "storage.accessKeyId")
  (list "storage" "AWS_SECRET_ACCESS_KEY" "storage.secretAccessKey")
  (list "console" "ALEXNET_CONSOLE_TOKEN" "console.token")
  (list "notifications" "ALEXNET_NOTIFY_URL" "notifications.url")
  (list "notifications" "ALEXNET_NOTIFY_SECRET" "notifications.secret") -}}
{{- $part := index . 0 -}}{{- $variable := index . 1 -}}{{- $path := index . 2 -}}
{{- if (index $v $part).existingSecret.name -}}
{{- $inline := include "alexnet.valueAt" (dict "root" $ "path" $path) -}}
{{- if or $inline (hasKey $config $variable) -}}
{{- include "alexnet.refuse" (dict "expected" (printf "%s from one place" $variable) "actual" (printf "%s.existingSecret.name and %s are set" $part (ternary $path (printf "config.%s" $variable) (ne $inline ""))) "remedy" (printf "Remove %s, or leave %s.existingSecret.name empty." (ternary $path (printf "config.%s" $variable) (ne $inline "")) $part)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- range $path := list "extraEnv" "preprocess.extraEnv" "trainer.extraEnv" "console.extraEnv" -}}
{{- $list := $v -}}
{{- range splitList "." $path }}{{ $list = index $list . }}{{ end -}}
{{- range $list -}}
{{- if or (hasPrefix "ALEXNET_" .name) (hasKey (include "alexnet.typed" $ | fromYaml) .name) -}}
{{- include "alexnet.refuse" (dict "expected" (printf "variables of libraries in %s" $path) "actual" .name "remedy" "Set it in config, or by the value that README.md names.") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $variables := include "alexnet.variables" . | fromYaml -}}
{{- $refs := include "alexnet.secretRefs" . | fromYaml -}}

{{- if $v.tryOut.redis.enabled -}}
{{- range list "redis" "batchRedis" -}}
{{- $variable := ternary "REDIS_URL" "BATCH_REDIS_URL" (eq . "redis") -}}
{{- if or (index $v .).url (index $v .).existingSecret.name (hasKey $config $variable) -}}
{{- include "alexnet.refuse" (dict "expected" (printf "%s from one place" $variable) "actual" (printf "tryOut.redis.enabled, and an address of %s" .) "remedy" (printf "Set tryOut.redis.enabled=false, or remove %s.url, %s.existingSecret and config.%s." . . $variable)) -}}
{{- end -}}
{{- end -}}
{{- else if not (hasKey $refs "REDIS_URL") -}}
{{- include "alexnet.refuse" (dict "expected" "the address of Redis" "actual" "none" "remedy" "Set redis.existingSecret.name or redis.url, or tryOut.redis.enabled=true to try it out.") -}}
{{- end -}}

{{- if $v.tryOut.minio.enabled -}}
{{- if or $v.storage.url $v.storage.endpoint $v.storage.accessKeyId $v.storage.secretAccessKey $v.storage.existingSecret.name (hasKey $config "STORAGE_URL") (hasKey $config "S3_ENDPOINT") -}}
{{- include "alexnet.refuse" (dict "expected" "one object store" "actual" "tryOut.minio.enabled, and an address or credentials of another one" "remedy" "Set tryOut.minio.enabled=false, or remove what is set of storage and in config.") -}}
{{- end -}}
{{- else if not (hasKey $variables "STORAGE_URL") -}}
{{- include "alexnet.refuse" (dict "expected" "the address of the object store" "actual" "none" "remedy" "Set storage.url, e.g. s3://my-bucket/alexnet, or tryOut.minio.enabled=true to try it out.") -}}
{{- end -}}
{{- if ne (hasKey $refs "AWS_ACCESS_KEY_ID") (hasKey $refs "AWS_SECRET_ACCESS_KEY") -}}
{{- include "alexnet.refuse" (dict "expected" "storage.accessKeyId and storage.secretAccessKey, or neither" "actual" "one of them" "remedy" "Set both, or use storage.existingSecret.name.") -}}
{{- end -}}
{{- if hasPrefix "file:" (get $variables "STORAGE_URL" | default "") -}}
{{- range $component := list "preprocess" "trainer" "console" -}}
{{- with index $v $component -}}
{{- if and .enabled (not .extraVolumeMounts) -}}
{{- include "alexnet.refuse" (dict "expected" (printf "a volume for the store file://… in the pods of %s" $component) "actual" "none" "remedy" (printf "Mount a claim that all pods share with %s.extraVolumes and %s.extraVolumeMounts, or use s3://…" $component $component)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if and (or $v.tryOut.redis.enabled $v.tryOut.minio.enabled) (not (regexMatch "^[A-Za-z0-9._~-]{16,128}$" $v.tryOut.password)) -}}
{{- include "alexnet.refuse" (dict "expected" "tryOut.password with 16 to 128 letters, digits or any of ._~-, since it becomes part of URLs" "actual" (ternary "none" (printf "one with %d characters" (len $v.tryOut.password)) (empty $v.tryOut.password)) "remedy" "--set tryOut.password=$(openssl rand -hex 24)") -}}
{{- end -}}

{{- range $variable := list "REDIS_URL" "BATCH_REDIS_URL" -}}
{{- $urls := list -}}
{{- with get $variables $variable }}{{ $urls = ternary (list .) (splitList "\n" (include "alexnet.addresses" .)) (eq $variable "REDIS_URL") }}{{ end -}}
{{- $login := "(([^\\s/?#@%]|%[0-9a-fA-F]{2})*@)?" -}}
{{- $host := "(\\[[0-9a-fA-F:.]+\\]|[^\\s/?#@:,\\[\\]]+)(:[0-9]{1,5})?" -}}
{{- $parameters := "(\\?[a-zA-Z]+=[^\\s#]*)?" -}}
{{- $server := printf "^rediss?://%s%s(/[0-9]*)?%s$" $login $host $parameters -}}
{{- $sentinels := printf "^rediss?\\+sentinel://%s%s(,%s)*/[^\\s/?#]+(/[0-9]*)?%s$" $login $host $host $parameters -}}
{{- range $urls -}}
{{- if not (or (regexMatch $server .) (regexMatch $sentinels .)) -}}
{{- include "alexnet.refuse" (dict "expected" (printf "%s as redis://:PASSWORD@HOST:PORT, as redis+sentinel://:PASSWORD@HOST:PORT,HOST:PORT/NAME, or with rediss over TLS" $variable) "actual" "something else" "remedy" "Percent-encode what is special in the user and the password: / is %2F, @ is %40, # is %23, ? is %3F, % is %25.") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- if $v.console.enabled -}}
{{- if not (hasKey $refs "ALEXNET_CONSOLE_TOKEN") -}}
{{- include "alexnet.refuse" (dict "expected" "a token for the console" "actual" "none" "remedy" "Set console.existingSecret.name, or --set console.token=$(openssl rand -hex 16), or console.enabled=false.") -}}
{{- end -}}
{{- $token := get $variables "ALEXNET_CONSOLE_TOKEN" | default "" -}}
{{- if and $token (or (lt (len $token) 16) (gt (len $token) 256) (not (regexMatch "^[!-~]+$" $token))) -}}
{{- include "alexnet.refuse" (dict "expected" "a token of the console with 16 to 256 characters of ASCII and no spaces, since it travels in a header" "actual" (printf "another one, with %d bytes" (len $token)) "remedy" "--set console.token=$(openssl rand -hex 16)") -}}
{{- end -}}
{{- with $v.console.ingress -}}
{{- if and .enabled (not .host) -}}
{{- include "alexnet.refuse" (dict "expected" "a host name for the Ingress" "actual" "none" "remedy" "Set console.ingress.host.") -}}
{{- end -}}
{{- if and .enabled (not .tlsSecret) (not .allowHttp) -}}
{{- include "alexnet.refuse" (dict "expected" "TLS for the Ingress, since the token travels over it" "actual" "no console.ingress.tlsSecret" "remedy" "Set console.ingress.tlsSecret, or console.ingress.allowHttp=true if TLS ends before it.") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $secret := get $variables "ALEXNET_NOTIFY_SECRET" | default "" -}}
{{- if and $secret (not (regexMatch "^whsec_[A-Za-z0-9+/]+={0,2}$" $secret)) -}}
{{- include "alexnet.refuse" (dict "expected" "what notifications are signed with as whsec_ and 24 to 64 bytes in base64" "actual" "something else" "remedy" "--set notifications.secret=whsec_$(openssl rand -base64 32)") -}}
{{- end -}}
{{- $notify := get $variables "ALEXNET_NOTIFY_URL" | default "" -}}
{{- if and $notify (or (gt (len $notify) 1024) (not (regexMatch "^https?://\\S+$" $notify))) -}}
{{- include "alexnet.refuse" (dict "expected" "the address for notifications as http:// or https:// with at most 1,024 characters" "actual" "something else" "remedy" "Correct notifications.url.") -}}
{{- end -}}

{{- if and $v.tls.ca.configMap $v.tls.ca.secret -}}
{{- include "alexnet.refuse" (dict "expected" "certificates of an authority from one place" "actual" "tls.ca.configMap and tls.ca.secret" "remedy" "Remove one of them.") -}}
{{- end -}}

{{- with $v.preprocess -}}
{{- if .enabled -}}
{{- if and (eq .scaling.kind "hpa") (gt (int .scaling.hpa.minReplicas) (int .scaling.maxReplicas)) -}}
{{- include "alexnet.refuse" (dict "expected" (printf "preprocess.scaling.hpa.minReplicas of at most preprocess.scaling.maxReplicas (%d)" (int .scaling.maxReplicas)) "actual" (toString (int .scaling.hpa.minReplicas)) "remedy" "Raise maxReplicas, or lower minReplicas.") -}}
{{- end -}}
{{- if eq .scaling.kind "keda" -}}
{{- if gt (int .scaling.keda.minReplicas) (int .scaling.maxReplicas) -}}
{{- include "alexnet.refuse" (dict "expected" (printf "preprocess.scaling.keda.minReplicas of at most preprocess.scaling.maxReplicas (%d)" (int .scaling.maxReplicas)) "actual" (toString (int .scaling.keda.minReplicas)) "remedy" "Raise maxReplicas, or lower minReplicas.") -}}
{{- end -}}
{{- if not $v.console.enabled -}}
{{- include "alexnet.refuse" (dict "expected" "a console, which tells KEDA and Prometheus how many workers are wanted" "actual" "console.enabled is false" "remedy" "Set console.enabled=true, or preprocess.scaling.kind=hpa or fixed.") -}}
{{- end -}}
{{- if and (eq .scaling.keda.source "prometheus") (not .scaling.keda.prometheus.serverAddress) -}}
{{- include "alexnet.refuse" (dict "expected" "the address of Prometheus" "actual" "none" "remedy" "Set preprocess.scaling.keda.prometheus.serverAddress, e.g. http://prometheus-operated.monitoring:9090, or source=console.") -}}
{{- end -}}
{{- end -}}
{{- if ne (eq .cache.kind "existingClaim") (not (empty .cache.existingClaim)) -}}
{{- include "alexnet.refuse" (dict "expected" "preprocess.cache.kind=existingClaim together with the name of a claim" "actual" "one of them" "remedy" "Set preprocess.cache.kind=existingClaim and preprocess.cache.existingClaim, or neither.") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
