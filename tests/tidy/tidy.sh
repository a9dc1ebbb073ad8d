#!/usr/bin/env bash
# What no compiler here checks: the walls between the rooms, and what GCC 12 makes of a co_await.
# Prints each place that breaks a rule; exits 1 if there is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

broken=0
# forbid RULE PATTERN FOLDER...: no source file in the folders may match.
forbid() {
    local rule=$1 pattern=$2 found
    shift 2
    found=$(grep -rnE --include='*.cpp' --include='*.hpp' -e "$pattern" "$@" || true)
    [[ -z $found ]] || { printf '%s:\n%s\n' "$rule" "$found" && broken=1; }
}

forbid 'sse/ knows nothing but the standard library' \
    '#include *[<"](upstream|gateway|boost|nlohmann|curl|spdlog|openssl)/' sse
forbid 'upstream/ knows nothing of gateway/, nor of Beast' '#include *[<"](gateway/|boost/beast)' upstream
forbid 'libcurl lives in upstream/' '#include *<curl/' sse gateway
forbid 'what is unfinished is not committed' '\b(TODO|FIXME|XXX|HACK)\b' sse upstream gateway
forbid 'a coroutine is started with a handler that tells of exceptions' \
    'co_spawn\(.*detached' upstream gateway
forbid 'tests wait for the thing' 'sleep_for|usleep\(' tests

# GCC 12 destroys twice what is built by braces, by a capturing lambda or by ?: in a statement with
# co_await. Statements are put on one line each, then looked at.
statements() {
    find gateway upstream -name '*.cpp' -print0 | xargs -0 awk '
        FNR == 1 { text = "" }
        { sub(/\/\/.*/, "") }
        { text = text " " $0 }
        /[;{}] *$/ {
            if (text ~ /co_await/) { gsub(/ +/, " ", text); print FILENAME ":" FNR ":" text }
            text = ""
        }'
}
built=$(statements | grep -E 'co_await[^;]*([(,] *\[[^]]*\] *[({]|\(\{|, \{| \? )' || true)
[[ -z $built ]] || { printf 'nothing is built in a statement with co_await:\n%s\n' "$built" && broken=1; }

exit "$broken"
