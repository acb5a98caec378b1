#!/usr/bin/env bash
# Shifts traffic between baseline and canary:  run_week2_deployment.sh canary | rollout | full | rollback
#
#   canary    5 % of the traffic to the canary      full      100 %
#   rollout  50 %                                   rollback    0 %, the baseline alone
#
# HARNESS_WEIGHT_PERCENT, which `harness run` sets for every stage, overrides the share. Where the weight is set:
#
#   DEPLOY_ENVOY_ADMIN     Envoy's admin address, for example http://127.0.0.1:9901 (runtime key DEPLOY_RUNTIME_KEY)
#   DEPLOY_COMPOSE=1       also start the staging services first (staging/docker-compose.staging.yml); down on rollback
#   DEPLOY_HEALTH_URL      must answer below 400 afterwards, for example http://localhost:8080/health
#   DEPLOY_STATE           file that stores the last weight; default deploy/state/weight
#
#   HARNESS_DRY_RUN=1      print what would be done and do nothing; `harness preflight` sets it
#
# Without a router the weight is only written down: the load generator splits the load. Exit code 0 only if all worked.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
state="${DEPLOY_STATE:-$root/deploy/state/weight}"
compose_file="$root/staging/docker-compose.staging.yml"

fail() { echo "run_week2_deployment: $*" >&2; exit 1; }

case "${1:-}" in
  canary)   percent=5 ;;
  rollout)  percent=50 ;;
  full)     percent=100 ;;
  rollback) percent=0 ;;
  *) echo "usage: $0 canary | rollout | full | rollback" >&2; exit 2 ;;
esac
if [[ "$1" != rollback && -n "${HARNESS_WEIGHT_PERCENT:-}" ]]; then
  percent="$HARNESS_WEIGHT_PERCENT"
fi
[[ "$percent" =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "HARNESS_WEIGHT_PERCENT is not a number: $percent"

if [[ "${HARNESS_DRY_RUN:-0}" == 1 ]]; then
  echo "$1: would send $percent % of the traffic to the canary"
  exit 0
fi

compose() {
  local engine
  engine="$(command -v docker-compose || true)"
  if [[ -n "$engine" ]]; then "$engine" -f "$compose_file" "$@"; else docker compose -f "$compose_file" "$@"; fi
}

set_envoy() {
  [[ "$percent" =~ ^[0-9]+$ ]] || fail "Envoy takes whole percentages only, not $percent"
  curl --fail --silent --show-error --max-time 10 -X POST \
    "$DEPLOY_ENVOY_ADMIN/runtime_modify?${DEPLOY_RUNTIME_KEY:-canary.weight}=$percent" > /dev/null \
    || fail "Envoy at $DEPLOY_ENVOY_ADMIN refused the weight"
}

if [[ "${DEPLOY_COMPOSE:-0}" == 1 ]]; then
  if [[ "$1" == rollback ]]; then compose down; fi
  compose up -d --scale control-plane=1
fi
if [[ -n "${DEPLOY_ENVOY_ADMIN:-}" ]]; then set_envoy; fi

mkdir -p "$(dirname "$state")"
printf '%s\n' "$percent" > "$state.new"
mv "$state.new" "$state"

if [[ -n "${DEPLOY_HEALTH_URL:-}" ]]; then
  curl --fail --silent --show-error --max-time 10 --retry 5 --retry-connrefused --retry-delay 1 \
    "$DEPLOY_HEALTH_URL" > /dev/null || fail "$DEPLOY_HEALTH_URL is not healthy"
fi
echo "$1: $percent % of the traffic to the canary"
