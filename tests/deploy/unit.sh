#!/usr/bin/env bash
# deploy/sluice.service: systemd understands each line, and finds little exposed. 77: no systemd here.
# Usage: unit.sh [UNIT] [PROGRAM that stands for /usr/bin/sluice]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
unit=${1:-$root/deploy/sluice.service}
program=${2:-/bin/true}
exposure_max=2.0

command -v systemd-analyze >/dev/null || { echo "skipped: systemd-analyze is not here"; exit 77; }
systemd-analyze security --help 2>/dev/null | grep -q -e --offline ||
    { echo "skipped: this systemd-analyze knows no --offline"; exit 77; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# The program need not be installed for its unit to be looked at.
sed "s|^ExecStart=/usr/bin/sluice |ExecStart=$program |" "$unit" >"$folder/sluice.service"
complaints=$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --recursive-errors=no "$folder/sluice.service" 2>&1) ||
    fail "systemd-analyze verify: $complaints"
[[ $complaints != *"$folder"* ]] || fail "systemd-analyze verify: $complaints"

report=$(systemd-analyze security --offline=true "$unit" 2>&1) || true
exposure=$(sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p' <<<"$report")
[[ $exposure ]] || fail "systemd-analyze told no exposure: $report"
echo "exposure $exposure, at most $exposure_max"
awk -v is="$exposure" -v most="$exposure_max" 'BEGIN {exit !(is <= most)}' ||
    fail "$(grep '✗' <<<"$report")"

# The whole drain and its farewells fit into the time that systemd gives.
stop=$(sed -n 's/^TimeoutStopSec=\([0-9]*\)$/\1/p' "$unit")
((${stop:-0} >= 30)) || fail "TimeoutStopSec=$stop is too short for a drain of 25 s"
grep -q '^ExecReload=.*-HUP \$MAINPID$' "$unit" || fail "there is no reload with SIGHUP"
