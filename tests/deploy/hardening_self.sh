#!/usr/bin/env bash
# hardening.sh passes a program built with all of the flags and misses each one that is left out.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
compiler=${CXX:-c++}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat >"$folder/program.cpp" <<'CODE'
#include <cstdio>
#include <cstring>
int main(int count, char** words) {
    char text[64];
    std::strcpy(text, words[0]);  // of a size that only the run knows
    std::memcpy(text + 1, words[0], static_cast<unsigned>(count));
    std::printf("%s\n", text);
}
CODE
for i in {1..20}; do echo "int function_$i(int a) { return a + $i; }"; done >>"$folder/program.cpp"

compile=(-O2 -fPIE -fstack-protector-strong -fcf-protection -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
link=(-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code)
broken=0
# expect WORDS OPTION...: with these options put last, hardening.sh says WORDS; nothing for "".
expect() {
    local words=$1 said
    shift
    "$compiler" "${compile[@]}" "${link[@]}" "$@" "$folder/program.cpp" -o "$folder/program" 2>/dev/null ||
        { echo "skipped: this compiler takes no $*"; return; }
    said=$("$here/hardening.sh" "$folder/program" || true)
    if [[ ! $words && $said ]] || [[ $words && $said != *"$words"* ]]; then
        echo "error: with '$*' hardening.sh says '$said' instead of '$words'"
        broken=1
    fi
}
expect ''
expect 'position-independent' -no-pie -fno-pie
expect '-z now' -Wl,-z,lazy
expect '-z relro' -Wl,-z,norelro
expect '-z noexecstack' -Wl,-z,execstack
expect '-z separate-code' -Wl,-z,noseparate-code
expect '-fstack-protector-strong' -fno-stack-protector
expect '-D_FORTIFY_SOURCE' -U_FORTIFY_SOURCE
expect 'RPATH' -Wl,-rpath,/tmp
[[ $(uname -m) != x86_64 ]] || expect '-fcf-protection' -fcf-protection=none
exit "$broken"
