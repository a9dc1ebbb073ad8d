#include "upstream/mock/tools.hpp"

#include "upstream/mock/hash.hpp"
#include "upstream/mock/json_instance.hpp"
#include "upstream/mock/text.hpp"
#include "upstream/utf8.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace sluice::upstream::mock {
namespace {

/// `\u00e9`, or `\ud83d\ude00`, for the character at the front of `text`.
void append_escape(std::string& out, std::string_view character) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
    const auto low = [&](std::size_t i) { return byte(i) & 0x3fU; };
    const auto unit = [&](std::uint32_t value) { out += "\\u" + hex(value).substr(12); };
    switch (character.size()) {
        case 2:
            return unit((byte(0) & 0x1fU) << 6 | low(1));
        case 3:
            return unit((byte(0) & 0xfU) << 12 | low(1) << 6 | low(2));
        default:
            break;
    }
    const std::uint32_t point =
        ((byte(0) & 0x7U) << 18 | low(1) << 12 | low(2) << 6 | low(3)) - 0x10000U;
    unit(0xd800U | point >> 10);
    unit(0xdc00U | (point & 0x3ffU));
}

/// The same JSON: outside ASCII there are only texts in it, and there an escape says the same.
std::string escape_some(const std::string& json, std::uint64_t seed) {
    dice dice(mix(seed, 0x657363U));
    std::string out;
    for (std::size_t at = 0; at < json.size();) {
        const std::size_t size =
            std::max<std::size_t>(utf8_length(std::string_view(json).substr(at)), 1);
        const std::string_view character = std::string_view(json).substr(at, size);
        if (size > 1 && dice.below(2) == 0)
            append_escape(out, character);
        else
            out += character;
        at += size;
    }
    return out;
}

tool_call make_call(const std::string& name, const request& request, std::uint64_t seed) {
    tool_call call;
    call.id = "call_" + hex(mix(seed, 0x63616c6cU));
    call.name = name;
    call.arguments = "{}";
    for (const tool& tool : request.tools) {
        if (tool.name != name || tool.parameters.is_null()) continue;
        call.arguments = escape_some(make_instance_text(tool.parameters, seed), seed);
        break;
    }
    return call;
}

/// The functions to choose from, the first ones first.
std::vector<std::string> candidates(const request& request, const options& options) {
    using mode = tool_choice::mode;
    if (!options.tool_call.empty()) return {options.tool_call};
    const bool demanded = options.tool_calls > 0 ||
                          (request.tool_choice && request.tool_choice->how == mode::required);
    if (request.tool_choice && request.tool_choice->how == mode::named)
        return {request.tool_choice->name};
    std::vector<std::string> names;
    if (!demanded) return names;
    for (const tool& tool : request.tools)
        names.push_back(tool.name);
    return names;
}

std::vector<tool_call> complete(std::vector<tool_call> calls, std::uint64_t seed) {
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (calls[i].id.empty()) calls[i].id = "call_" + hex(mix(mix(seed, i), 0x63616c6cU));
        if (calls[i].arguments.empty()) calls[i].arguments = "{}";
    }
    return calls;
}

bool ends_in_result(const request& request) {
    return !request.messages.empty() && request.messages.back().role == role::tool;
}

}  // namespace

std::vector<tool_call> make_calls(
    const request& request, const options& options, std::uint64_t seed
) {
    if (ends_in_result(request)) return {};
    if (!options.scripted_calls.empty()) return complete(options.scripted_calls, seed);
    const std::vector<std::string> names = candidates(request, options);
    if (names.empty()) return {};
    const bool several = request.parallel_tool_calls.value_or(false) && names.size() > 1;
    const std::size_t usual = several ? 2 : 1;
    const std::size_t count = options.tool_calls > 0 ? options.tool_calls : usual;
    std::vector<tool_call> calls;
    for (std::size_t i = 0; i < count; ++i)
        calls.push_back(make_call(names[i % names.size()], request, mix(seed, i)));
    return calls;
}

std::optional<failure> check_calls(const request& request, const options& options) {
    if (options.tool_calls == 0 || ends_in_result(request)) return std::nullopt;
    if (!options.scripted_calls.empty()) return std::nullopt;
    if (!candidates(request, options).empty()) return std::nullopt;
    return invalid_request(
        "X-Mock-Tool-Calls",
        "X-Mock-Tool-Calls needs 'tools' in the request, or X-Mock-Tool-Call with a name"
    );
}

}  // namespace sluice::upstream::mock
