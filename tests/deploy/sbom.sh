#!/usr/bin/env bash
# The list of parts that the build writes beside the program: CycloneDX 1.5, whole, and the same each
# time. Usage: sbom.sh PROGRAM VERSION [INCLUDES]
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
program=${1:?usage: sbom.sh PROGRAM VERSION}
version=${2:?usage: sbom.sh PROGRAM VERSION}
includes=${3:-}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

write() { # write FILE
    cmake -D BINARY="$program" -D VERSION="$version" -D OUT="$folder/$1" -D INCLUDES="$includes" \
        -P "$root/deploy/sbom.cmake"
}
unset SOURCE_DATE_EPOCH
write first.json
write second.json
cmp "$folder/first.json" "$folder/second.json" || { echo "error: two runs differ" >&2; exit 1; }
SOURCE_DATE_EPOCH=1700000000 write dated.json
grep -q '"timestamp": "2023-11-14T22:13:20Z"' "$folder/dated.json" ||
    { echo "error: SOURCE_DATE_EPOCH is not in the timestamp" >&2; exit 1; }

sonames=$(LC_ALL=C readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | paste -sd ';')
cmake -D FILE="$folder/first.json" -D VERSION="$version" -D SONAMES="$sonames" \
    -P "$root/tests/deploy/check_sbom.cmake"
