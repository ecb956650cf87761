{{- define "trimtab.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "trimtab.fullname" -}}
{{- $name := include "trimtab.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "trimtab.selectorLabels" -}}
app.kubernetes.io/name: {{ include "trimtab.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "trimtab.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "trimtab.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "trimtab.serviceAccountName" -}}
{{- default (ternary (include "trimtab.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{- define "trimtab.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{/* A number as it was written: Helm would turn 1000000 into 1e+06. */}}
{{- define "trimtab.scalar" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{/* What one value says about another, which a schema cannot explain. */}}
{{- define "trimtab.check" -}}
{{- if and (eq .Values.aws.identity "irsa") (not .Values.aws.roleArn) }}
{{- fail "aws.identity is irsa, but aws.roleArn is empty: set it to the ARN of the role that trimtab takes, or use aws.identity=podIdentity" }}
{{- end }}
{{- if and (eq .Values.aws.identity "irsa") (not .Values.serviceAccount.create) }}
{{- fail "aws.identity is irsa, but serviceAccount.create is false: the role is an annotation of the service account. Annotate yours and set aws.identity=none" }}
{{- end }}
{{- if and (eq .Values.autoscaling.type "keda") (not .Values.autoscaling.keda.queueUrl) }}
{{- fail "autoscaling.type is keda, but autoscaling.keda.queueUrl is empty: set it to the URL of the work queue" }}
{{- end }}
{{- if and (eq .Values.autoscaling.type "hpa") (not .Values.autoscaling.hpa.queueMetric) (eq (int .Values.autoscaling.hpa.cpuPercent) 0) }}
{{- fail "autoscaling.type is hpa, but there is nothing to scale by: set autoscaling.hpa.queueMetric or autoscaling.hpa.cpuPercent" }}
{{- end }}
{{- if gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas) }}
{{- fail (printf "autoscaling.minReplicas is %d, more than autoscaling.maxReplicas %d" (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- end }}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled }}
{{- fail "metrics.serviceMonitor and metrics.podMonitor are both enabled: everything would be counted twice. Choose one" }}
{{- end }}
{{- if .Values.api.enabled }}
{{- range list "oidcIssuer" "oidcAudience" "oidcJwksUri" }}
{{- if not (get $.Values.config .) }}
{{- fail (printf "api.enabled is true, but config.%s is empty: without OIDC the API listens on 127.0.0.1 only, where no other pod reaches it" .) }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq (int .Values.metrics.port) (int .Values.api.port) }}
{{- fail (printf "metrics.port and api.port are both %d: the API has a port of its own" (int .Values.api.port)) }}
{{- end }}
{{- end }}
