// The scanner of JSON members against a whole parser: of text that is JSON it finds the same keys
// in the same order, and values that mean the same; of any other text it stays within its bounds.

#include "upstream/json_members.hpp"

#include "tests/fuzz/check.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using nlohmann::json;

/// The keys of the outermost object in order, duplicates included.
std::vector<std::string> keys_of(std::string_view text) {
    std::vector<std::string> keys;
    const auto note = [&](int depth, json::parse_event_t event, json& value) {
        if (depth == 1 && event == json::parse_event_t::key)
            keys.push_back(value.get<std::string>());
        return true;
    };
    const auto whole = json::parse(text, note, false);
    FUZZ_CHECK(!whole.is_discarded());
    return keys;
}

void check_object(std::string_view text, const json& whole) {
    const auto members = sluice::upstream::top_level_members(text);
    FUZZ_CHECK(members.has_value() == whole.is_object());
    if (!members) return;
    const auto keys = keys_of(text);
    FUZZ_CHECK(members->size() == keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto& member = (*members)[i];
        FUZZ_CHECK(member.key == keys[i]);
        FUZZ_CHECK(member.begin < member.end && member.end <= text.size());
        FUZZ_CHECK(json::accept(text.substr(member.begin, member.end - member.begin)));
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)sluice::upstream::nested_deeper_than(text, 64);
    (void)sluice::upstream::unescape_json(text);
    if (const auto members = sluice::upstream::top_level_members(text)) {
        for (const auto& member : *members) {
            FUZZ_CHECK(member.begin < member.end && member.end <= text.size());
        }
    }
    // The whole parser skips a byte order mark and takes NUL for the end; JSON has neither.
    if (text.starts_with("\xEF") || text.find('\0') != std::string_view::npos) return 0;
    const auto whole = json::parse(text, nullptr, false);
    if (!whole.is_discarded()) check_object(text, whole);
    return 0;
}
