# What the scripts of this folder share; to be sourced by bash.
# shellcheck shell=bash

# Each of them sets this to the checkout before.
: "${root:?}"

say() { printf '== %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# One compiler process per core, but no more than memory allows: a Beast file takes about 1.5 GB.
build_jobs() {
    local cores kilobytes jobs
    cores=$(nproc)
    kilobytes=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
    jobs=$((kilobytes / 1500000))
    ((jobs >= 1)) || jobs=1
    echo $((jobs < cores ? jobs : cores))
}

# logged FILE COMMAND...: quiet while all goes well; the end of the log when it does not.
logged() {
    local log=$1
    shift
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null || {
        tail -n 60 "$log" >&2
        fail "this failed: $*  (the whole log: $log)"
    }
}

# configure PRESET [-DNAME=VALUE...]
configure() {
    local preset=$1
    shift
    say "configuring build/$preset"
    logged "$root/build/$preset.configure.log" \
        cmake -S "$root" --preset "$preset" "$@"
}

# build PRESET [TARGET...]: everything, or the named targets only.
build() {
    local preset=$1 jobs
    shift
    jobs=$(build_jobs)
    say "building build/$preset with $jobs jobs (some minutes the first time; build/$preset.build.log)"
    logged "$root/build/$preset.build.log" \
        cmake --build "$root/build/$preset" -j "$jobs" ${1:+--target "$@"}
}
