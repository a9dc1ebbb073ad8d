#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Rules of single values. Each puts the value into its usual form and answers with a complaint,
/// the rest of a sentence that the key begins ("must ..."), or with nothing. Complaints hold no
/// values.
namespace sluice::gateway {

using complaint = std::optional<std::string>;

/// Some byte is a control character (CR, LF and NUL among them).
bool has_control_characters(std::string_view text);

complaint check_anything(std::string& value);

/// http or https, a host, perhaps a port and a path; a trailing slash is taken off.
complaint check_base_url(std::string& url);
/// http, https, socks5 or socks5h.
complaint check_proxy(std::string& url);
/// `*` or `https://host[:port]`.
complaint check_origin(std::string& origin);
/// A name as it stands in Host, without its port.
complaint check_host_name(std::string& name);

/// Of a provider, a client key: letters, digits, `.`, `_` and `-`.
complaint check_label(std::string& label);
/// Of a label of a key: at most 128 bytes that a terminal and a table show as they are.
complaint check_label_value(std::string& value);
/// A model's name without `*`.
complaint check_model_name(std::string& name);
/// A model's name; `*` may be its last character.
complaint check_route_name(std::string& name);
/// A model's name with at most one `*` in it.
complaint check_target_model(std::string& name);

/// What signs URLs: at least 16 bytes.
complaint check_url_secret(std::string& secret);

/// Of a header that is sent with every request.
complaint check_header_name(std::string& name);
/// By its name, what stands in the header is a secret: `Authorization`, `X-Service-Token`.
bool holds_a_credential(std::string_view header);
/// Of a header that is passed on from the client: credentials never are. Made lower case.
complaint check_forwarded_header(std::string& name);

/// Of a header that requests are kept together by; none that holds credentials. Made lower case.
complaint check_sticky_header(std::string& name);

/// What a model is told in one sentence or a few: at most 4096 bytes.
complaint check_instruction(std::string& text);

/// 64 hexadecimal digits, made lower case.
complaint check_sha256(std::string& digits);

std::string lower_case(std::string_view text);

}  // namespace sluice::gateway
