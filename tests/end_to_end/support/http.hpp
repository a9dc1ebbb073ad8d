#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP messages as the tests write and read them: plain values, nothing checked on the way out.
namespace sluice::end_to_end {

using header_fields = std::vector<std::pair<std::string, std::string>>;

/// The value of the first field of that name, whatever its case.
std::optional<std::string> find_header(const header_fields& fields, std::string_view name);

/// One request. Host and Content-Length are filled in unless they were set.
class request {
 public:
    request(std::string method, std::string target);

    request& header(std::string name, std::string value);
    request& body(std::string text, std::string content_type = "application/json");
    /// The whole message as it goes over the wire.
    std::string bytes() const;

 private:
    std::string method_;
    std::string target_;
    header_fields fields_;
    std::optional<std::string> body_;
};

request get(std::string target);
request remove(std::string target);
request post(std::string target, const nlohmann::json& body);
/// A POST whose body is these very bytes.
request post_text(std::string target, std::string body);

struct http_response {
    int status = 0;
    std::string version;  ///< "HTTP/1.1"
    header_fields headers;
    std::string body;

    /// The value of a header, or "" where there is none.
    std::string header(std::string_view name) const;
    bool has(std::string_view name) const;
    /// The body as JSON; a harness_error shows a body that is none.
    nlohmann::json json() const;
};

/// Splits a head (without its blank line) into status and fields.
http_response parse_response_head(std::string_view head);
header_fields parse_fields(std::string_view lines);

}  // namespace sluice::end_to_end
