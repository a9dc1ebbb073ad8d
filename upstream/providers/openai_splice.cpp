#include "upstream/json_members.hpp"
#include "upstream/providers/openai_request.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace sluice::upstream {

namespace {

using nlohmann::json;

std::string quote(std::string_view text) {
    return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Another text for a part of a text.
struct edit {
    std::size_t begin;
    std::size_t size;
    std::string text;
};

/// Gives the member `key` of an object another value, or adds it in front. Duplicates are all
/// changed, so that no two readers see different ones. `followed`: another is added behind it.
void set_member(
    std::vector<edit>& edits,
    std::string_view object,
    const std::vector<json_member>& members,
    std::string_view key,
    std::string_view value,
    bool followed = false
) {
    bool found = false;
    for (const auto& member : members) {
        if (member.key != key) continue;
        found = true;
        edits.push_back({member.begin, member.end - member.begin, std::string(value)});
    }
    if (found) return;
    std::string added = quote(key) + ":" + std::string(value);
    if (followed || !members.empty()) added += ',';
    edits.push_back({object.find('{') + 1, 0, std::move(added)});
}

/// The edits do not overlap. Of two at the same place, the earlier comes first.
std::string apply(std::string_view text, std::vector<edit>& edits) {
    std::ranges::stable_sort(edits, {}, &edit::begin);
    std::size_t size = text.size();
    for (const auto& one : edits)
        size += one.text.size();
    std::string out;
    out.reserve(size);
    std::size_t at = 0;
    for (const auto& one : edits) {
        out.append(text.substr(at, one.begin - at)).append(one.text);
        at = one.begin + one.size;
    }
    return out.append(text.substr(at));
}

/// The value of `stream_options` with the wish for usage in it. What is neither object nor null is
/// the client's mistake, for the provider to tell.
std::string with_usage(std::string_view options) {
    constexpr std::string_view wish = R"({"include_usage":true})";
    if (options.empty() || options == "null") return std::string(wish);
    const auto members = top_level_members(options);
    if (!members) return std::string(options);
    std::vector<edit> edits;
    set_member(edits, options, *members, "include_usage", "true");
    return apply(options, edits);
}

}  // namespace

std::optional<std::string> splice_openai_body(
    std::string_view body, std::string_view model, bool ask_usage
) {
    const auto members = top_level_members(body);
    if (!members) return {};
    std::vector<edit> edits;
    if (ask_usage) {
        const auto found =
            std::ranges::find(*members, std::string_view("stream_options"), &json_member::key);
        const auto options = found == members->end()
                                 ? std::string_view()
                                 : body.substr(found->begin, found->end - found->begin);
        set_member(edits, body, *members, "stream_options", with_usage(options), true);
    }
    set_member(edits, body, *members, "model", quote(model));
    return apply(body, edits);
}

}  // namespace sluice::upstream
