#pragma once

#include <array>
#include <string_view>

/// What programs of the mock are made of. In each text @A and @B are nouns, @T is @A with a
/// capital,
/// @V is a verb, @N is a number and @I the unit's number, which keeps names apart.
namespace sluice::upstream::mock {

struct language {
    std::string_view fence;    ///< its name in Markdown
    std::string_view comment;  ///< begins a comment that ends with the line
    std::string_view preamble;
    std::array<std::string_view, 5> units;  ///< each stands by itself at the top level
};

constexpr language python{
    "python",
    "#",
    R"py(from __future__ import annotations

import json
import re
from dataclasses import dataclass, field)py",
    {
        R"py(@dataclass
class @T@I:
    """Keeps the @A of one @B."""

    name: str
    values: list[int] = field(default_factory=list)

    def @V(self, limit: int = @N) -> dict[str, object]:
        kept = [value for value in self.values if value % 2 == 0 and value < limit]
        return {"name": self.name, "kept": kept, "total": sum(kept)})py",
        R"py(def @V_@A_@I(@B: str, *, strict: bool = False) -> list[str]:
    pattern = re.compile(r"^\s*(\w+)\s*=\s*\"([^\"\\]*(?:\\.[^\"\\]*)*)\"$")
    found = []
    for number, line in enumerate(@B.splitlines(), start=1):
        match = pattern.match(line)
        if match is None:
            if strict:
                raise ValueError(f"line {number}: {line!r} is no @A")
            continue
        found.append(match.group(2).replace("\\n", "\n").replace('\\"', '"'))
    return found)py",
        R"py(async def @V_@B_@I(source):
    total = 0
    async for chunk in source:
        try:
            event = json.loads(chunk)
        except json.JSONDecodeError as error:
            print(f"bad @A: {error}\t{chunk[:@N]!r}")
            continue
        total += len(event.get("@A", "").encode("utf-8"))
    return total)py",
        R"py(@T_TABLE_@I = {
    "caf\u00e9": ("\x00\xff", r"C:\temp\@A", '\'quoted\' and "quoted"'),
    "流れ": ("\N{WATER WAVE}", "tab\tnewline\n", """three "quotes" in a row"""),
    "@B": (f"{@N:>8,}", "100 %", "{braces} and }{"),
})py",
        R"py(@T_QUERY_@I = "SELECT s.id, s.name, COUNT(*) AS n, SUM(CASE WHEN s.kind = '@A' THEN 1 ELSE 0 END) AS hits, MAX(s.created_at) AS latest FROM @B AS s LEFT JOIN owners AS o ON o.id = s.owner_id WHERE s.path LIKE '%\\_@A\\_%' ESCAPE '\\' AND o.email NOT LIKE '%@example.com' GROUP BY s.id, s.name HAVING COUNT(*) > @N ORDER BY n DESC, latest ASC LIMIT 100;")py",
    },
};

constexpr language typescript{
    "typescript",
    "//",
    R"ts(import { readFile } from "node:fs/promises";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };)ts",
    {
        R"ts(export interface @T@I {
  readonly id: string;
  @A?: number;
  @B: Array<{ at: Date; value: string | null }>;
})ts",
        R"ts(export async function* @V@T@I(path: string): AsyncGenerator<Json> {
  const text = await readFile(path, "utf8");
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    try {
      yield JSON.parse(line) as Json;
    } catch (error) {
      console.warn(`no @A in ${path}: ${(error as Error).message} \`${line.slice(0, @N)}\``);
    }
  }
})ts",
        R"ts(const @A@I: Record<string, (input: string) => string> = {
  escape: (input) => input.replace(/[\\"']/g, "\\$&").replace(/\u0000/g, "\\0"),
  "kebab-case": (input) => input.replace(/([a-z\d])([A-Z])/g, "$1-$2").toLowerCase(),
  @V: (input) => `${input} → ${[...input].length} 文字 \u{1F30A}`,
};)ts",
        R"ts(export const @V@I = <T extends { @A: number }>(items: readonly T[], limit = @N): T[] =>
  items
    .filter((item) => item.@A > 0 && item.@A <= limit)
    .sort((a, b) => b.@A - a.@A || 0);)ts",
        R"ts(const @B@I = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$|^(?:[\da-f]{1,4}:){7}[\da-f]{1,4}$|^\[(?:[^\]\\]|\\.)*\](?::\d{1,5})?$|^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}(?:\/(?:[\w.~!$&'()*+,;=:@-]|%[\da-f]{2})*)*(?:\?[^#\s]*)?(?:#\S*)?$|^data:[\w.+-]+\/[\w.+-]+(?:;[\w-]+=(?:[^";,\\]|"(?:[^"\\]|\\.)*")+)*(?:;base64)?,(?:[\w!$&'()*+,;=:@.~\/?-]|%[\da-f]{2})*$/i;)ts",
    },
};

constexpr language cpp{
    "cpp",
    "//",
    R"code(#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>)code",
    {
        R"code(template <class T>
class @A_@I {
 public:
    explicit @A_@I(std::size_t limit = @N) : limit_{limit} {}

    bool @V(T value) {
        if (items_.size() == limit_) return false;
        items_.push_back(std::move(value));
        return true;
    }
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }

 private:
    std::vector<T> items_;
    std::size_t limit_;
};)code",
        R"code(std::string @V_@A_@I(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\0': out += "\\u0000"; break;
            default: out += c;
        }
    }
    return out += '"';
})code",
        R"code(constexpr std::uint64_t @A_mask_@I = 0xffff'ffff'0000'00ffULL & ~(1ULL << (@N % 64));

inline std::uint64_t @V_@I(std::uint64_t @B) {
    @B ^= (@B >> 33) * @A_mask_@I;
    return (@B << 7) | (@B >> 57);
})code",
        R"code(const std::map<std::string, std::string> @B_@I{
    {"raw", R"x(no \escapes, "quotes" and )" here)x"},
    {"path", "C:\\streams\\@A\\\xff"},
    {"text", "caf\u00e9 流れ \U0001F30A\ttab"},
};)code",
        R"code(inline const char* const @A_long_@I = "@A=%s&@B=%s&limit=@N&callback=https%%3A%%2F%%2Fexample.com%%2F@V%%3Fa%%3D1%%26b%%3D2 QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODkrL0FCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU2Nzg5Ky8= and the end of a line that is far longer than the width of any screen";)code",
    },
};

constexpr language go{
    "go",
    "//",
    R"go(package main

import (
	"encoding/json"
	"fmt"
	"strings"
))go",
    {
        R"go(type @T@I struct {
	Name  string            `json:"name"`
	Count int64             `json:"count,omitempty"`
	More  map[string]string `json:"@A"`
})go",
        R"go(func @V@T@I(lines []string) (map[string]int, error) {
	found := make(map[string]int, @N)
	for number, line := range lines {
		key, _, ok := strings.Cut(line, "=")
		if !ok {
			return nil, fmt.Errorf("line %d: %q is no @A", number+1, line)
		}
		found[strings.TrimSpace(key)]++
	}
	return found, nil
})go",
        R"go(var @A@I = []string{
	"\"quoted\"\t\\ and \u00e9 \U0001F30A\x00",
	`raw \n "@B" stays`,
	"流れ: naïve façade",
})go",
        R"go(func @V@I(@B <-chan []byte, done chan<- int) {
	total := 0
	for chunk := range @B {
		var event struct{ @T string }
		if err := json.Unmarshal(chunk, &event); err != nil {
			fmt.Printf("bad @A: %v\n", err)
			continue
		}
		total += len(event.@T)
	}
	done <- total
})go",
        R"go(const @A@ILong = `{"@A":{"@B":[@N,1,2,3,5,8,13,21,34,55,89,144,233,377,610,987,1597,2584,4181,6765,10946,17711,28657,46368,75025,121393,196418,317811,514229],"pattern":"^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:\\d{2})$","note":"one line that is far longer than the width of any screen"}}`)go",
    },
};

constexpr std::array<const language*, 4> languages{&python, &typescript, &cpp, &go};

}  // namespace sluice::upstream::mock
