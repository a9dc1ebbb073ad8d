#pragma once

#include "upstream/generation.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// One HTTP request, whole and checked.
struct http_request {
    std::string method;
    std::string target;  ///< as it came
    std::string path;    ///< of the target, percent-decoded
    std::string query;   ///< of the target, as it came
    bool http10 = false;
    bool keep_alive = true;
    upstream::header_list headers;  ///< lower-case names, in order
    std::string body;
    std::string id;  ///< X-Request-Id: the client's if it is a decent one, else made here

    /// The first header of that lower-case name, or nothing.
    std::optional<std::string_view> header(std::string_view name) const;
    /// The first value of a query parameter, decoded, or nothing.
    std::optional<std::string> parameter(std::string_view name) const;
};

/// One HTTP answer with its body at hand.
struct http_response {
    int status = 200;
    upstream::header_list headers;
    std::string content_type = "application/json";
    std::string body;
};

/// Appends status line and headers. CR, LF and NUL are taken out of values, so that nothing that is
/// put into a header can forge another.
void append_head(std::string& out, int status, const upstream::header_list& headers);

/// As much of a client's text as goes into a header or a log: 200 visible characters, `?` for what
/// is none.
std::string header_text(std::string_view text);

/// What `true`, `1`, `false` and `0` mean in a header or parameter; nothing for other texts.
std::optional<bool> read_flag(std::string_view text);

/// Appends bytes as one chunk of a body (RFC 9112, 7.1). There is at least one byte.
void append_chunk(std::string& out, std::string_view bytes);

/// Percent-decoding; `plus_is_space` for query strings. Malformed escapes stay as they are.
std::string percent_decode(std::string_view text, bool plus_is_space);

/// The parameters of a query string, decoded, in order.
upstream::header_list parse_query(std::string_view query);

bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace sluice::gateway
