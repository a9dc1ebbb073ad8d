#include "upstream/providers/translation.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/provider_headers.hpp"

#include <nlohmann/json.hpp>

#include <utility>
#include <variant>

namespace sluice::upstream {

namespace {

std::string_view client_name(const call& call, std::string_view field) {
    return call.field_name != nullptr ? call.field_name(field) : field;
}

}  // namespace

std::string target_name(const provider_settings& provider, std::string_view model) {
    return provider.name + "/" + std::string(model);
}

failure rejected(int status, std::string type, std::string message) {
    failure result;
    result.outcome = outcome::rejected;
    result.status = status;
    result.type = std::move(type);
    result.message = std::move(message);
    result.remedy = remedy::skip;
    return result;
}

failure cannot_carry(
    const call& call,
    const provider_settings& provider,
    std::string_view model,
    std::string_view field,
    std::string_view why
) {
    const std::string name{client_name(call, field)};
    auto result = rejected(
        400,
        "invalid_request_error",
        "'" + name + "': the target '" + target_name(provider, model) + "' " + std::string(why)
    );
    result.param = name;
    result.code = "unsupported_parameter";
    return result;
}

std::optional<failure> refuse_untranslatable(
    const call& call, const provider_settings& provider, std::string_view model
) {
    if (call.untranslatable.empty()) return {};
    const auto& path = call.untranslatable.front();
    auto result = rejected(
        400,
        "invalid_request_error",
        "'" + path + "' is of a kind that the target '" + target_name(provider, model) +
            "' cannot take"
    );
    result.param = path;
    result.code = "unsupported_parameter";
    return result;
}

boost::system::result<std::string, failure> key_for(
    const call& call, const provider_settings& provider
) {
    if (!provider.client_key) return std::string(trim(provider.api_key));
    std::string key(client_key_of(call.headers));
    if (!key.empty()) return key;
    auto missing = rejected(
        401,
        "authentication_error",
        "this model is asked with your own key: send it as 'Authorization: Bearer KEY'"
    );
    // Whoever sends none is not answered at the gateway's expense.
    missing.remedy = remedy::none;
    return missing;
}

void dropped_fields::note(bool present, std::string_view field) {
    if (present) names_.emplace_back(client_name(call_, field));
}

std::optional<data_url> parse_data_url(std::string_view url) {
    constexpr std::string_view scheme = "data:";
    constexpr std::string_view coding = ";base64,";
    if (!url.starts_with(scheme)) return {};
    const auto mark = url.find(coding);
    if (mark == std::string_view::npos) return {};
    auto type = url.substr(scheme.size(), mark - scheme.size());
    return data_url{type.substr(0, type.find(';')), url.substr(mark + coding.size())};
}

std::optional<nlohmann::json> arguments_object(std::string_view arguments) {
    const auto text = trim(arguments);
    if (text.empty()) return nlohmann::json::object();
    auto parsed = parse_json(text);
    if (!parsed.is_object()) return {};
    return parsed;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved = "-._~";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                           (c >= 'A' && c <= 'Z') || unreserved.find(c) != std::string_view::npos;
        const auto byte = static_cast<unsigned char>(c);
        if (plain) {
            out += c;
        } else {
            (out += '%') += digits[byte >> 4U];
            out += digits[byte & 0xFU];
        }
    }
    return out;
}

std::string dump_body(const nlohmann::json& body) {
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string text_of(const message& message) {
    std::string text;
    for (const auto& part : message.content) {
        if (const auto* words = std::get_if<text_part>(&part)) text += words->text;
    }
    return text;
}

}  // namespace sluice::upstream
