#!/usr/bin/env bash
# Looks at a built program for what the compiler and the linker were to put into it.
# Usage: hardening.sh PROGRAM; exit code 1 and a line for each thing that is not there.
set -euo pipefail
program=${1:?usage: hardening.sh PROGRAM}

elf() { LC_ALL=C readelf -W "$@" "$program" 2>/dev/null; }
header=$(elf -h) || { echo "error: $program is no program" >&2; exit 1; }
segments=$(elf -l)
dynamic=$(elf -d)
symbols=$(elf --dyn-syms)

missing=0
# check WHAT COMMAND...
check() {
    local what=$1
    shift
    "$@" || { echo "missing: $what" && missing=1; }
}
has() { grep -qE -e "$2" <<<"$1"; }
lacks() { ! has "$1" "$2"; }
# How many of the C library's functions are called in the checked form.
fortified() { (($(grep -cE ' __[a-z]+_chk(@| |$)' <<<"$symbols" || true) >= 2)); }
not_writable_and_executable() { lacks "$segments" '^ *LOAD .* RWE '; }
# Where each function may be jumped to, in the machine's code. The note that the kernel would read is
# only there if each library's start-up code is built so too, which Debian's is not.
branch_targets() {
    local offset size
    read -r offset size < <(elf -S | sed -nE 's/.*\] \.text +PROGBITS +[0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+) .*/\1 \2/p')
    dd if="$program" bs=1M iflag=skip_bytes,count_bytes skip=$((16#$offset)) count=$((16#$size)) status=none |
        LC_ALL=C grep -oaP '\xf3\x0f\x1e\xfa' | wc -l
}
tracks_branches() { (($(branch_targets) >= 16)); }
# Code in pages of its own: the executable segment does not hold the file's first bytes.
separate_code() { lacks "$segments" '^ *LOAD +0x0+ .* R E '; }

check 'position-independent executable (-fPIE -pie)' has "$header" '^ *Type: +DYN .*'
check 'position-independent executable, said so (-pie)' has "$dynamic" 'FLAGS_1.*\bPIE\b'
check 'all symbols bound at the start (-z now)' has "$dynamic" '\bBIND_NOW\b|FLAGS_1.*\bNOW\b'
check 'relocations read-only after the start (-z relro)' has "$segments" '^ *GNU_RELRO '
check 'a stack that is said not to be executable (-z noexecstack)' has "$segments" '^ *GNU_STACK .* RW +0x'
check 'no segment both writable and executable' not_writable_and_executable
check 'code apart from data (-z separate-code)' separate_code
check 'stack protector (-fstack-protector-strong)' has "$symbols" ' __stack_chk_fail(@| |$)'
check 'checked C functions (-D_FORTIFY_SOURCE)' fortified
check 'no search path of its own (RPATH, RUNPATH)' lacks "$dynamic" '\((RPATH|RUNPATH)\)'
check 'no relocations in the code (TEXTREL)' lacks "$dynamic" 'TEXTREL'
if has "$header" 'Machine: .*X86-64'; then
    check 'indirect branch tracking and shadow stack (-fcf-protection)' tracks_branches
fi
exit "$missing"
