{{- define "trunkwatch.selector" -}}
app.kubernetes.io/name: trunkwatch
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "trunkwatch.labels" -}}
{{ include "trunkwatch.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
{{- define "trunkwatch.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end }}
