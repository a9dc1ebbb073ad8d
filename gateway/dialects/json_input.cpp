#include "gateway/dialects/json_input.hpp"

#include "upstream/json_members.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace sluice::gateway {

namespace {

using nlohmann::json;

/// nlohmann's text without its exception id ("[json.exception.parse_error.101] parse error at
/// ..."), and without what it read last, which is a piece of somebody's prompt.
std::string explain(const json::exception& error) {
    std::string text = error.what();
    const auto close = text.find("] ");
    if (close != std::string::npos) text.erase(0, close + 2);
    const auto read = text.find("; last read: '");
    const auto wanted = text.rfind("; expected ");
    if (read != std::string::npos)
        text.erase(read, wanted > read && wanted != std::string::npos ? wanted - read : wanted);
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
    }
    if (text.size() > 200) text.resize(200);
    return text;
}

/// Each value becomes some 100 bytes of a tree: what is small on the wire must not fill memory, nor
/// keep the worker from everybody else for seconds.
bool holds_many_values(std::string_view body) {
    // One that is shorter than its values have to be has not so many.
    return body.size() > json_values_max && upstream::holds_more_values(body, json_values_max);
}

upstream::failure not_json(const std::string& why) {
    auto reason = bad_request("the body is not valid JSON: " + why);
    reason.code = invalid_json_code;
    return reason;
}

std::optional<std::string> duplicate_key(std::string_view body) {
    const auto members = upstream::top_level_members(body);
    if (!members) return std::nullopt;
    std::vector<std::string_view> keys;
    keys.reserve(members->size());
    for (const auto& member : *members)
        keys.push_back(member.key);
    std::ranges::sort(keys);
    const auto twice = std::ranges::adjacent_find(keys);
    return twice == keys.end() ? std::nullopt : std::optional<std::string>(*twice);
}

}  // namespace

upstream::failure bad_request(std::string message, std::string param) {
    upstream::failure reason;
    reason.outcome = upstream::outcome::rejected;
    reason.status = 400;
    reason.type = "invalid_request_error";
    reason.message = std::move(message);
    reason.param = std::move(param);
    return reason;
}

boost::system::result<json, upstream::failure> parse_object(std::string_view body) {
    if (upstream::nested_deeper_than(body, json_depth_max)) {
        return bad_request(
            "the body nests JSON deeper than " + std::to_string(json_depth_max) + " levels"
        );
    }
    if (holds_many_values(body)) {
        return bad_request(
            "the body holds more than " + std::to_string(json_values_max) + " values of JSON"
        );
    }
    // The parser would take it for the end of the text, whatever follows.
    if (body.find('\0') != std::string_view::npos) {
        return not_json("it holds a NUL byte");
    }
    json value;
    try {
        value = json::parse(body);
    } catch (const json::exception& error) {
        return not_json(explain(error));
    }
    if (!value.is_object()) return bad_request("the body must be a JSON object");
    if (const auto key = duplicate_key(body)) {
        return bad_request("the key '" + *key + "' stands twice in the body", *key);
    }
    return value;
}

std::string fields::path_of(std::string_view key) const {
    return path_.empty() ? std::string{key} : path_ + "." + std::string{key};
}

void fields::fail(std::string_view key, std::string_view what) {
    if (problem_) return;
    const auto path = path_of(key);
    problem_ = bad_request("'" + path + "' " + std::string{what}, path);
}

void fields::fail_missing(std::string_view key) {
    fail(key, "is required");
}

const json* fields::find(std::string_view key, bool (*fits)(const json&), std::string_view what) {
    if (problem_) return nullptr;
    const auto found = object_.find(key);
    if (found == object_.end() || found->is_null()) return nullptr;
    if (fits(*found)) return &*found;
    fail(key, "must be " + std::string{what});
    return nullptr;
}

const json* fields::any(std::string_view key) {
    return find(
        key, [](const json&) { return true; }, "anything"
    );
}

const json* fields::object(std::string_view key) {
    return find(
        key, [](const json& value) { return value.is_object(); }, "an object"
    );
}

const json* fields::array(std::string_view key) {
    return find(
        key, [](const json& value) { return value.is_array(); }, "an array"
    );
}

std::optional<std::string> fields::text(std::string_view key) {
    const auto* found = find(
        key, [](const json& value) { return value.is_string(); }, "a string"
    );
    if (!found) return std::nullopt;
    return found->get<std::string>();
}

std::optional<bool> fields::boolean(std::string_view key) {
    const auto* found = find(
        key, [](const json& value) { return value.is_boolean(); }, "true or false"
    );
    if (!found) return std::nullopt;
    return found->get<bool>();
}

std::optional<double> fields::number(std::string_view key, double least, double most) {
    const auto* found = find(
        key, [](const json& value) { return value.is_number(); }, "a number"
    );
    if (!found) return std::nullopt;
    const auto value = found->get<double>();
    if (value >= least && value <= most) return value;
    fail(key, "must lie between " + json(least).dump() + " and " + json(most).dump());
    return std::nullopt;
}

std::optional<std::int64_t> fields::integer(
    std::string_view key, std::int64_t least, std::int64_t most
) {
    const auto* found = find(
        key, [](const json& value) { return value.is_number_integer(); }, "a whole number"
    );
    if (!found) return std::nullopt;
    const bool too_large = found->is_number_unsigned() &&
                           found->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
    const auto value = too_large ? INT64_MAX : found->get<std::int64_t>();
    if (value >= least && value <= most && !too_large) return value;
    fail(key, "must lie between " + std::to_string(least) + " and " + std::to_string(most));
    return std::nullopt;
}

void note_unknown(
    const nlohmann::json& body,
    std::initializer_list<std::string_view> known,
    std::vector<std::string>& dropped
) {
    for (const auto& [key, value] : body.items()) {
        if (value.is_null() || std::ranges::find(known, key) != known.end()) continue;
        dropped.push_back(key);
    }
}

}  // namespace sluice::gateway
