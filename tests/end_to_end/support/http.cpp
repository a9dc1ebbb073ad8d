#include "tests/end_to_end/support/http.hpp"

#include "tests/end_to_end/support/socket.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace sluice::end_to_end {
namespace {

bool same_name(std::string_view left, std::string_view right) {
    const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), [&](char a, char b) {
        return lower(a) == lower(b);
    });
}

std::string trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

}  // namespace

std::optional<std::string> find_header(const header_fields& fields, std::string_view name) {
    for (const auto& [field, value] : fields) {
        if (same_name(field, name)) return value;
    }
    return std::nullopt;
}

request::request(std::string method, std::string target)
    : method_(std::move(method)), target_(std::move(target)) {}

request& request::header(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
    return *this;
}

request& request::body(std::string text, std::string content_type) {
    body_ = std::move(text);
    if (!content_type.empty()) header("Content-Type", std::move(content_type));
    return *this;
}

std::string request::bytes() const {
    std::string out = method_ + " " + target_ + " HTTP/1.1\r\n";
    if (!find_header(fields_, "Host")) out += "Host: localhost\r\n";
    for (const auto& [name, value] : fields_)
        out += name + ": " + value + "\r\n";
    if (body_ && !find_header(fields_, "Content-Length")) {
        out += "Content-Length: " + std::to_string(body_->size()) + "\r\n";
    }
    return out + "\r\n" + body_.value_or("");
}

request get(std::string target) {
    return {"GET", std::move(target)};
}

request remove(std::string target) {
    return {"DELETE", std::move(target)};
}

request post(std::string target, const nlohmann::json& body) {
    return post_text(std::move(target), body.dump());
}

request post_text(std::string target, std::string body) {
    return request{"POST", std::move(target)}.body(std::move(body));
}

std::string http_response::header(std::string_view name) const {
    return find_header(headers, name).value_or("");
}

bool http_response::has(std::string_view name) const {
    return find_header(headers, name).has_value();
}

nlohmann::json http_response::json() const {
    auto value = nlohmann::json::parse(body, nullptr, false);
    if (value.is_discarded()) {
        throw harness_error(
            "status " + std::to_string(status) +
            " with a body that is no JSON: " + body.substr(0, 500)
        );
    }
    return value;
}

header_fields parse_fields(std::string_view lines) {
    header_fields fields;
    while (!lines.empty()) {
        const auto end = std::min(lines.find("\r\n"), lines.size());
        const auto line = lines.substr(0, end);
        lines.remove_prefix(std::min(end + 2, lines.size()));
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            throw harness_error("a header line without a colon: " + std::string(line));
        }
        fields.emplace_back(std::string(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
    }
    return fields;
}

http_response parse_response_head(std::string_view head) {
    http_response response;
    const auto end = std::min(head.find("\r\n"), head.size());
    const auto line = head.substr(0, end);
    if (line.size() < 12 || line.substr(0, 7) != "HTTP/1.") {
        throw harness_error("no HTTP answer: " + std::string(head.substr(0, 200)));
    }
    response.version = line.substr(0, 8);
    std::from_chars(line.data() + 9, line.data() + 12, response.status);
    response.headers = parse_fields(head.substr(std::min(end + 2, head.size())));
    return response;
}

}  // namespace sluice::end_to_end
