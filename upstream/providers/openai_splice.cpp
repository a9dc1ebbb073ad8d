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

/// Gives the member `key` of an object's text another value, or adds it in front. Duplicates are
/// all changed, so that no two readers see different ones.
std::string with_member(
    std::string_view object,
    const std::vector<json_member>& members,
    std::string_view key,
    std::string_view value
) {
    std::string out(object);
    bool found = false;
    // From the back, so that what is still to come stands where it stood.
    for (auto member = members.rbegin(); member != members.rend(); ++member) {
        if (member->key != key) continue;
        found = true;
        out.replace(member->begin, member->end - member->begin, value);
    }
    if (found) return out;
    std::string added = quote(key) + ":" + std::string(value);
    if (!members.empty()) added += ',';
    out.insert(out.find('{') + 1, added);
    return out;
}

/// The value of `stream_options` with the wish for usage in it. What is neither object nor null is
/// the client's mistake, for the provider to tell.
std::string with_usage(std::string_view options) {
    constexpr std::string_view wish = R"({"include_usage":true})";
    if (options.empty() || options == "null") return std::string(wish);
    const auto members = top_level_members(options);
    return members ? with_member(options, *members, "include_usage", "true") : std::string(options);
}

}  // namespace

std::optional<std::string> splice_openai_body(
    std::string_view body, std::string_view model, bool ask_usage
) {
    auto members = top_level_members(body);
    if (!members) return {};
    auto result = with_member(body, *members, "model", quote(model));
    if (!ask_usage) return result;
    members = top_level_members(result);
    if (!members) return {};
    const auto found =
        std::ranges::find(*members, std::string_view("stream_options"), &json_member::key);
    const auto options =
        found == members->end()
            ? std::string_view()
            : std::string_view(result).substr(found->begin, found->end - found->begin);
    return with_member(result, *members, "stream_options", with_usage(options));
}

}  // namespace sluice::upstream
