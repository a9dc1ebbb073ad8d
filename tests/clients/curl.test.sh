#!/usr/bin/env bash
# The first stream of the README: curl posts a prompt, sees the tokens come one by one, one `done`,
# and the end of the connection.
set -euo pipefail

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

folder=$(mktemp -d)
coproc gateway { exec "$SLUICE_BINARY" serve --listen 127.0.0.1:0 2>"$folder/log"; }
# shellcheck disable=SC2154  # coproc sets it
process=$gateway_PID
clean() {
    kill -KILL "$process" 2>/dev/null || true
    rm -rf "$folder"
}
trap clean EXIT

read -r -t 60 line <&"${gateway[0]}" || fail "it did not start: $(cat "$folder/log")"
[[ $line =~ ^listening\ on\ (http://127\.0\.0\.1:[0-9]+)$ ]] || fail "unexpected line: $line"
url=${BASH_REMATCH[1]}

milliseconds() { echo $((${EPOCHREALTIME//[!0-9]/} / 1000)); }

first=0
last=0
texts=0
while IFS= read -r line; do
    printf '%s\n' "$line" >>"$folder/body"
    [[ $line == 'data: {"text"'* ]] || continue
    last=$(milliseconds)
    ((first)) || first=$last
    texts=$((texts + 1))
done < <(curl -sSN --max-time 60 -D "$folder/head" -w 'curl: %{http_code} %{num_connects}\n' \
    -H 'Content-Type: application/json' -d '{"prompt": "Tell me about rivers"}' "$url/v1/streams")

shown() { fail "$1"$'\n'"$(cat "$folder/head" "$folder/body")"; }
grep -qi $'^content-type: text/event-stream; charset=utf-8\r$' "$folder/head" || shown "not an event stream"
grep -qi $'^connection: close\r$' "$folder/head" || shown "the connection is not announced to close"
grep -qx 'curl: 200 1' "$folder/body" || shown "not a 200"
((texts > 10)) || shown "$texts pieces of text"
# About 60 tokens at 50 per second; half of that would still be one by one.
((last - first > 500)) || shown "all the text came within $((last - first)) ms"
(($(grep -cx 'event: done' "$folder/body") == 1)) || shown "not exactly one done"
tail -n 4 "$folder/body" | grep -q '^data: {"finish_reason":"stop"' || shown "it did not end with stop"

kill -TERM "$process"
code=0
wait "$process" || code=$?
((code == 0)) || fail "it ended with $code: $(cat "$folder/log")"
echo "$texts pieces of text in $((last - first)) ms, then done"
