#include "gateway/http/request_reader.hpp"

#include "gateway/http/credentials.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <openssl/crypto.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <limits>

namespace sluice::gateway {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t header_fields_max = 100;
constexpr std::size_t target_bytes_max = 8 << 10;
constexpr std::size_t chunk_extension_bytes_max = 256;
// A chunk's head, and all trailers together, are looked at in a window of this size at most.
constexpr std::size_t chunk_line_window = 1 << 10;
constexpr std::size_t chunk_line_window_max = 8 << 10;
// The shortest chunked body is "0 CRLF CRLF". Beast asserts that it was not shown a part of that.
constexpr std::size_t chunked_bytes_min = 5;

std::string lower_case(std::string_view text) {
    std::string lower{text};
    for (char& c : lower)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower;
}

bool all_digits(std::string_view text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// host [":" port], host being a name, an IPv4 address or an IPv6 address in brackets.
bool is_host(std::string_view host) {
    if (host.empty() || host.size() > 300) return false;
    if (host.front() == '[') {
        const auto close = host.find(']');
        if (close == std::string_view::npos) return false;
        const auto inside = host.substr(1, close - 1);
        const bool plain = !inside.empty() && std::all_of(inside.begin(), inside.end(), [](char c) {
            return std::isxdigit(static_cast<unsigned char>(c)) || c == ':' || c == '.';
        });
        const auto rest = host.substr(close + 1);
        return plain && (rest.empty() || (rest.front() == ':' && all_digits(rest.substr(1))));
    }
    const auto colon = host.find(':');
    const auto name = host.substr(0, colon);
    if (colon != std::string_view::npos && !all_digits(host.substr(colon + 1))) return false;
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
    });
}

bool has_controls(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 && c != '\t'; });
}

/// Whether a list of options, as in Connection, holds one.
bool has_option(std::string_view list, std::string_view option) {
    while (!list.empty()) {
        const auto end = std::min(list.find(','), list.size());
        auto one = list.substr(0, end);
        list.remove_prefix(std::min(end + 1, list.size()));
        while (!one.empty() && (one.front() == ' ' || one.front() == '\t'))
            one.remove_prefix(1);
        while (!one.empty() && (one.back() == ' ' || one.back() == '\t'))
            one.remove_suffix(1);
        if (equals_ignoring_case(one, option)) return true;
    }
    return false;
}

/// The line that says that no more chunks come: `0`, with or without extensions.
bool is_last_chunk_line(std::string_view line) {
    const auto zeros = std::min(line.find_first_not_of('0'), line.size());
    return zeros > 0 && (zeros == line.size() || line[zeros] == ';' || line[zeros] == ' ');
}

/// Whether the request line ends in a version, if not in one that is spoken here.
bool names_a_version(std::string_view head) {
    const auto line = head.substr(0, head.find("\r\n"));
    if (line.size() < 9 || line.find('\n') != std::string_view::npos) return false;
    const auto version = line.substr(line.size() - 9);
    return version.starts_with(" HTTP/") && all_digits(version.substr(6, 1)) && version[7] == '.' &&
           all_digits(version.substr(8));
}

/// RFC 9112 5.2: a line that begins with white space goes on with the one before. Two parsers may
/// read that in two ways, so it is refused.
bool has_folded_line(std::string_view head) {
    return head.find("\r\n ") != std::string_view::npos ||
           head.find("\r\n\t") != std::string_view::npos;
}

}  // namespace

struct request_reader::parser {
    http::request_parser<http::string_body> beast;
    std::size_t window = chunk_line_window;
    bool body_begun = false;
    std::size_t head_fields = 0;
    std::string tail;  ///< the last bytes of a chunked body
    // Beast keeps a reference to the callback; it lives beside the parser.
    std::function<void(std::uint64_t, boost::core::string_view, boost::system::error_code&)>
        on_chunk = [](std::uint64_t,
                      boost::core::string_view extensions,
                      boost::system::error_code& error) {
            // A bare LF would end the line for some, and go on in quotes for others.
            if (extensions.size() > chunk_extension_bytes_max || has_controls(extensions)) {
                error = make_error_code(http::error::bad_chunk_extension);
            }
        };
};

request_reader::request_reader(const request_limits& limits)
    : limits_(limits), parser_(std::make_unique<parser>()) {
    // The limit is kept here; Beast counts in a way of its own.
    parser_->beast.header_limit(std::numeric_limits<std::uint32_t>::max());
    parser_->beast.body_limit(limits_.body_bytes_max);
    parser_->beast.on_chunk_header(parser_->on_chunk);
}

request_reader::~request_reader() = default;

request_reader::state request_reader::refuse(int status, std::string message) {
    refusal_ = {status, std::move(message)};
    return state::refused;
}

/// Beast can throw out of a put in spite of its error_code; nothing of that leaves this rim.
request_reader::state request_reader::feed(std::string& input) {
    try {
        return head_done_ ? feed_body(input) : feed_head(input);
    } catch (const std::exception&) {
        return refuse(400, "the request is malformed");
    }
}

/// Beast gets a head only when it is whole: it consumes line by line, and would let the verdict on
/// a line depend on how the bytes were cut.
request_reader::state request_reader::feed_head(std::string& input) {
    if (scanned_ == 0) {
        // Empty lines before a request line are old clients' habit (RFC 9112, 2.2).
        std::size_t empty = 0;
        while (input.compare(empty, 2, "\r\n") == 0)
            empty += 2;
        input.erase(0, empty);
        if (input.empty() || input == "\r") return state::need_more;
        // A TLS client at a plain port is told at once, and need not wait for its time-out.
        if (!std::isgraph(static_cast<unsigned char>(input.front())))
            return refuse(400, "the request is malformed: bad method");
    }
    const auto head_bytes = find_head_end(input);
    if (!refusal_.message.empty()) return state::refused;
    return head_bytes == 0 ? state::need_more : parse_head(input, head_bytes);
}

/// How long the head is with its empty line; 0 while it is not whole, or where it is refused.
std::size_t request_reader::find_head_end(std::string_view input) {
    const auto in_reach = input.substr(0, limits_.header_bytes_max);
    while (scanned_ < in_reach.size()) {
        const auto feed = in_reach.find('\n', scanned_);
        scanned_ = std::min(feed, in_reach.size() - 1) + 1;
        if (feed == std::string_view::npos) break;
        const auto line = in_reach.substr(0, scanned_);
        if (!line.ends_with("\r\n")) {
            refuse(400, "the request is malformed: a line ends without CR");
            return 0;
        }
        if (line.ends_with("\r\n\r\n")) return scanned_;
    }
    if (input.size() > limits_.header_bytes_max) refuse(431, "the request's header is too large");
    return 0;
}

request_reader::state request_reader::parse_head(std::string& input, std::size_t head_bytes) {
    const auto head = std::string_view{input}.substr(0, head_bytes);
    if (has_folded_line(head)) return refuse(400, "the request's header has a folded line");
    boost::system::error_code error;
    parser_->beast.put(boost::asio::buffer(head), error);
    if (error == http::error::bad_version && names_a_version(head)) {
        return refuse(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    if (error == http::error::body_limit) {
        note_head();  // its path says in whose words the refusal is told
        return refuse(413, "the request's body is too large");
    }
    if (error) return refuse(400, "the request is malformed: " + error.message());
    // Keys were in it. What is left of them in here is gone with the request.
    OPENSSL_cleanse(input.data(), head_bytes);
    input.erase(0, head_bytes);
    note_head();
    return judge_head();
}

void request_reader::note_head() {
    const auto& message = parser_->beast.get();
    head_done_ = true;
    request_.method = std::string{message.method_string()};
    const auto target = message.target();
    request_.target = std::string{target};
    OPENSSL_cleanse(const_cast<char*>(target.data()), target.size());  // Gemini's may hold a key
    request_.http10 = message.version() == 10;
    request_.keep_alive = message.keep_alive();
    constexpr std::size_t usual_fields = 16;
    request_.headers.reserve(usual_fields);
    for (const auto& field : message) {
        request_.headers.emplace_back(lower_case(field.name_string()), std::string{field.value()});
        const auto value = field.value();
        if (is_credential(request_.headers.back().first))
            OPENSSL_cleanse(const_cast<char*>(value.data()), value.size());
        // Beast looks at the first field of that name only.
        if (request_.headers.back().first == "connection" && has_option(value, "close"))
            request_.keep_alive = false;
    }
    parser_->head_fields = request_.headers.size();
    split_target();
}

request_reader::state request_reader::judge_head() {
    if (request_.target.size() > target_bytes_max)
        return refuse(414, "the request's target is too long");
    if (request_.headers.size() > header_fields_max)
        return refuse(431, "the request has too many header fields");
    if (auto refusal = judge_framing()) return refuse(refusal->status, std::move(refusal->message));
    if (auto refusal = judge_host()) return refuse(refusal->status, std::move(refusal->message));
    if (const auto expect = request_.header("expect")) {
        if (!equals_ignoring_case(*expect, "100-continue"))
            return refuse(417, "unknown expectation");
        expects_continue_ = !request_.http10;
    }
    if (parser_->beast.is_done()) return state::done;
    parser_->beast.eager(true);
    return state::head_done;
}

std::optional<wire_refusal> request_reader::judge_framing() const {
    int encodings = 0;
    int lengths = 0;
    for (const auto& [name, value] : request_.headers) {
        if (name == "transfer-encoding") {
            ++encodings;
            if (!equals_ignoring_case(value, "chunked")) {
                return wire_refusal{400, "the only Transfer-Encoding known here is chunked"};
            }
        } else if (name == "content-length") {
            ++lengths;
            if (!all_digits(value)) return wire_refusal{400, "Content-Length is not a number"};
        }
    }
    if (encodings > 1) return wire_refusal{400, "Transfer-Encoding stands twice"};
    if (lengths > 1) return wire_refusal{400, "Content-Length stands twice"};
    if (encodings && lengths)
        return wire_refusal{400, "Transfer-Encoding and Content-Length exclude each other"};
    if (encodings && request_.http10) return wire_refusal{400, "HTTP/1.0 has no Transfer-Encoding"};
    return std::nullopt;
}

std::optional<wire_refusal> request_reader::judge_host() const {
    int hosts = 0;
    for (const auto& [name, value] : request_.headers) {
        if (name != "host") continue;
        ++hosts;
        if (!is_host(value)) return wire_refusal{400, "the Host header is malformed"};
    }
    if (hosts > 1) return wire_refusal{400, "the Host header stands twice"};
    // RFC 9112 3.2.2: the target's host is the one that counts. Where both say the same, it does.
    const auto host = request_.header("host");
    if (host && !authority_.empty() && !equals_ignoring_case(*host, authority_))
        return wire_refusal{400, "the target and the Host header name different hosts"};
    if (hosts == 0 && !request_.http10) return wire_refusal{400, "the Host header is missing"};
    return std::nullopt;
}

void request_reader::split_target() {
    std::string_view target = request_.target;
    // The absolute form, as sent to proxies: the authority is not ours to use.
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!target.starts_with(scheme)) continue;
        const auto end = std::min(target.find_first_of("/?", scheme.size()), target.size());
        authority_ = target.substr(scheme.size(), end - scheme.size());
        target.remove_prefix(end);
        break;
    }
    const auto question = std::min(target.find('?'), target.size());
    request_.path = question == 0 ? "/" : percent_decode(target.substr(0, question), false);
    if (question < target.size()) request_.query = std::string{target.substr(question + 1)};
}

void request_reader::keep_tail(std::string_view bytes) {
    auto& tail = parser_->tail;
    tail += bytes;
    if (tail.size() > 2 * chunk_line_window_max) tail.erase(0, tail.size() - chunk_line_window_max);
}

/// Above the trailers, each on a line of its own, stands the line of the last chunk. What was
/// folded cannot be seen any more in the fields that Beast has made of them.
bool request_reader::has_folded_trailer() const {
    const auto& fields = parser_->beast.get();
    const auto all = static_cast<std::size_t>(std::distance(fields.begin(), fields.end()));
    if (all <= parser_->head_fields) return false;
    std::string_view rest = parser_->tail;
    const auto take_line = [&rest] {
        if (rest.ends_with("\r\n")) rest.remove_suffix(2);
        const auto before = rest.rfind("\r\n");
        const auto begin = before == std::string_view::npos ? 0 : before + 2;
        const auto line = rest.substr(begin);
        rest = rest.substr(0, begin);
        return line;
    };
    take_line();  // the empty one behind them
    for (auto left = all - parser_->head_fields; left > 0; --left)
        take_line();
    return !is_last_chunk_line(take_line());
}

request_reader::state request_reader::feed_body(std::string& input) {
    auto& beast = parser_->beast;
    if (beast.chunked() && !parser_->body_begun && input.size() < chunked_bytes_min)
        return state::need_more;
    parser_->body_begun = true;
    std::size_t begin = 0;
    state result = state::need_more;
    while (begin < input.size() && !beast.is_done()) {
        const auto rest = input.size() - begin;
        const auto size = beast.chunked() ? std::min(rest, parser_->window) : rest;
        boost::system::error_code error;
        const auto used = beast.put(boost::asio::buffer(input.data() + begin, size), error);
        if (beast.chunked()) keep_tail({input.data() + begin, used});
        begin += used;
        if (error == http::error::need_more) {
            if (used > 0) {
                parser_->window = chunk_line_window;
            } else if (size == parser_->window && parser_->window >= chunk_line_window_max) {
                return refuse(400, "a chunk's extensions or the trailers are too long");
            } else if (size == parser_->window) {
                parser_->window *= 2;
            } else {
                break;
            }
            continue;
        }
        if (error == http::error::body_limit) return refuse(413, "the request's body is too large");
        if (error) return refuse(400, "the request's body is malformed: " + error.message());
        parser_->window = chunk_line_window;
    }
    input.erase(0, begin);
    if (beast.is_done()) {
        if (has_folded_trailer()) return refuse(400, "a trailer goes over several lines");
        request_.body = std::move(beast.get().body());
        result = state::done;
    }
    return result;
}

}  // namespace sluice::gateway
