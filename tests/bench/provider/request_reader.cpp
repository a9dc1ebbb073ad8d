#include "tests/bench/provider/request_reader.hpp"

#include <charconv>
#include <strings.h>

namespace sluice::bench {

namespace {

constexpr std::size_t head_bytes_max = std::size_t{16} << 10;
constexpr std::size_t body_bytes_max = std::size_t{1} << 20;

bool is_named(std::string_view name, std::string_view wanted) {
    return name.size() == wanted.size() &&
           ::strncasecmp(name.data(), wanted.data(), name.size()) == 0;
}

}  // namespace

request_reader::outcome request_reader::next() {
    if (!refusal_.empty()) return outcome::refused;
    if (part_ == part::head) {
        const std::size_t end = buffer_.find("\r\n\r\n");
        if (end > head_bytes_max) {
            if (buffer_.size() > head_bytes_max)
                return refuse("431 Request Header Fields Too Large");
            return outcome::more;
        }
        if (!read_head(std::string_view(buffer_).substr(0, end + 2))) return outcome::refused;
        buffer_.erase(0, end + 4);
        body_.clear();
    }
    return part_ == part::chunks ? read_chunks() : read_length();
}

bool request_reader::read_head(std::string_view head) {
    length_ = 0;
    chunked_ = false;
    keep_ = true;
    const std::size_t line_end = head.find("\r\n");
    const std::string_view request_line = head.substr(0, line_end);
    if (!request_line.ends_with(" HTTP/1.1")) refuse("505 HTTP Version Not Supported");
    if (!request_line.starts_with("POST ")) refuse("405 Method Not Allowed");
    head.remove_prefix(line_end + 2);
    while (!head.empty() && refusal_.empty()) {
        const std::size_t end = head.find("\r\n");
        if (!read_field(head.substr(0, end))) refuse("400 Bad Request");
        head.remove_prefix(end + 2);
    }
    if (length_ > body_bytes_max) refuse("413 Content Too Large");
    part_ = chunked_ ? part::chunks : part::length;
    chunks_ = {};
    return refusal_.empty();
}

bool request_reader::read_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return false;
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' '))
        value.remove_prefix(1);
    if (is_named(name, "content-length")) {
        const char* last = value.data() + value.size();
        const auto [end, error] = std::from_chars(value.data(), last, length_);
        return error == std::errc{} && end == last;
    }
    if (is_named(name, "transfer-encoding")) {
        chunked_ = is_named(value, "chunked");
        return chunked_;
    }
    if (is_named(name, "connection") && is_named(value, "close")) keep_ = false;
    return true;
}

request_reader::outcome request_reader::read_length() {
    if (buffer_.size() < length_) return outcome::more;
    body_.assign(buffer_, 0, length_);
    buffer_.erase(0, length_);
    part_ = part::head;
    return outcome::request;
}

request_reader::outcome request_reader::read_chunks() {
    std::string_view rest = buffer_;
    while (true) {
        const std::string_view piece = chunks_.next(rest);
        if (piece.empty()) break;
        if (body_.size() + piece.size() > body_bytes_max) return refuse("413 Content Too Large");
        body_ += piece;
    }
    buffer_.erase(0, buffer_.size() - rest.size());
    if (chunks_.failed()) return refuse("400 Bad Request");
    if (!chunks_.done()) return outcome::more;
    part_ = part::head;
    return outcome::request;
}

request_reader::outcome request_reader::refuse(std::string_view status) {
    if (refusal_.empty()) refusal_ = status;
    return outcome::refused;
}

}  // namespace sluice::bench
