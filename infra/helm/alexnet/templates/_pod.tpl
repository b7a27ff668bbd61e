{{/*
The metadata and spec of a pod of the pipeline.
@param root, component, values (of the component), image, args, port, portName, secrets (variables), cacheVolume and cacheSize
  (or none), startupSeconds, restartPolicy, tolerations, nodeSelector, runtimeClassName, resources
*/}}
{{- define "alexnet.pod" -}}
{{- $root := .root -}}
{{- $values := .values -}}
{{- $variables := include "alexnet.variables" $root | fromYaml -}}
{{- $refs := include "alexnet.secretRefs" $root | fromYaml -}}
metadata:
  labels:
    {{- include "alexnet.labels" (dict "root" $root "component" .component) | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: {{ .component }}
    # A change of the settings replaces the pods.
    checksum/config: {{ include "alexnet.plainData" $root | sha256sum }}
    {{- $secret := dict }}
    {{- range $variable, $value := include "alexnet.secretData" $root | fromYaml }}
    {{- if has $variable $.secrets }}{{ $_ := set $secret $variable $value }}{{ end }}
    {{- end }}
    checksum/secret: {{ toYaml $secret | sha256sum }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "alexnet.serviceAccount" $root }}
  automountServiceAccountToken: false
  # Variables of Services, such as ALEXNET_CONSOLE_PORT, are variables that a process refuses.
  enableServiceLinks: false
  {{- with .restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds | int }}
  {{- with $root.Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .runtimeClassName }}
  runtimeClassName: {{ . }}
  {{- end }}
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- toYaml $root.Values.podSecurityContext | nindent 4 }}
  {{- with .nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $root.Values.topologySpread.topologyKeys }}
  topologySpreadConstraints:
    {{- range . }}
    - topologyKey: {{ . }}
      maxSkew: {{ $root.Values.topologySpread.maxSkew | int }}
      whenUnsatisfiable: {{ $root.Values.topologySpread.whenUnsatisfiable }}
      labelSelector:
        matchLabels:
          {{- include "alexnet.selector" (dict "root" $root "component" $.component) | nindent 10 }}
    {{- end }}
  {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ include "alexnet.image" (dict "root" $root "image" .image) | quote }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{ toJson .args }}
      securityContext:
        {{- toYaml $root.Values.containerSecurityContext | nindent 8 }}
      envFrom:
        - configMapRef:
            name: {{ include "alexnet.fullname" $root }}
      env:
        {{- range $variable := .secrets }}
        {{- with get $refs $variable }}
        - name: {{ $variable }}
          valueFrom:
            secretKeyRef:
              name: {{ .name }}
              key: {{ .key }}
        {{- end }}
        {{- end }}
        {{- if .cacheVolume }}
        - name: ALEXNET_CACHE_DIR
          value: {{ $variables.ALEXNET_CACHE_DIR | quote }}
        {{- if not (hasKey $variables "ALEXNET_SHARD_CACHE_BYTES") }}
        - name: ALEXNET_SHARD_CACHE_BYTES
          value: {{ include "alexnet.shardBytes" .cacheSize }}
        {{- end }}
        {{- end }}
        {{- with concat $root.Values.extraEnv $values.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      ports:
        - name: {{ .portName }}
          containerPort: {{ .port | int }}
          protocol: TCP
      startupProbe:
        httpGet: { path: /healthz, port: {{ .portName }} }
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: {{ div .startupSeconds 5 }}
      livenessProbe:
        httpGet: { path: /healthz, port: {{ .portName }} }
        periodSeconds: 20
        timeoutSeconds: 10
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: {{ .portName }} }
        periodSeconds: 10
        timeoutSeconds: 10
      resources:
        {{- toYaml .resources | nindent 8 }}
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        {{- if .cacheVolume }}
        - name: cache
          mountPath: {{ $variables.ALEXNET_CACHE_DIR | quote }}
        {{- end }}
        {{- if or $root.Values.tls.ca.configMap $root.Values.tls.ca.secret }}
        - name: ca
          mountPath: /etc/alexnet/ca
          readOnly: true
        {{- end }}
        {{- with $values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: {{ $root.Values.tmpSize }}
    {{- with .cacheVolume }}
    - name: cache
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- if $root.Values.tls.ca.configMap }}
    - name: ca
      configMap:
        name: {{ $root.Values.tls.ca.configMap }}
    {{- else if $root.Values.tls.ca.secret }}
    - name: ca
      secret:
        secretName: {{ $root.Values.tls.ca.secret }}
    {{- end }}
    {{- with $values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}

{{/* How many pods of a component a drain may end at once. @param root, component, values */}}
{{- define "alexnet.podDisruptionBudget" -}}
{{- $name := include "alexnet.fullname" .root -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}-{{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "alexnet.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ include "alexnet.text" .values.podDisruptionBudget.maxUnavailable }}
  # One that waits for data is not ready, and may be moved all the same.
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "alexnet.selector" . | nindent 6 }}
{{- end -}}
