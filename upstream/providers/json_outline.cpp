#include "upstream/providers/json_outline.hpp"

#include "upstream/json_members.hpp"
#include "upstream/providers/json_read.hpp"

namespace sluice::upstream {

namespace {

using nlohmann::json;

// What is looked into is small; a member above this is content and left alone.
constexpr std::size_t member_bytes_max = 64 * 1024;

json parse_small(std::string_view text) {
    if (text.size() > member_bytes_max) return json(true);
    return parse_json(text);
}

}  // namespace

json outline_of(std::string_view object, std::initializer_list<const char*> names) {
    auto outline = json::object();
    json_walker member(object);
    while (member.next()) {
        for (const char* name : names) {
            if (member.key_is(name)) outline[name] = parse_small(member.value());
        }
    }
    return outline;
}

}  // namespace sluice::upstream
