#include "gateway/load/wire/response_reader.hpp"

#include "gateway/load/wire/header_names.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::gateway::load {

namespace {

constexpr std::size_t head_bytes_max = std::size_t{64} << 10;
constexpr std::string_view head_end = "\r\n\r\n";

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

template <typename Number>
bool read_number(std::string_view text, Number& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string_view response_reader::next(std::string_view& bytes) {
    while (state_ == state::head && take_head(bytes)) {
    }
    switch (state_) {
        case state::chunks:
            return next_chunk(bytes);
        case state::length:
            return next_by_length(bytes);
        case state::until_close: {
            const std::string_view all = bytes;
            bytes = {};
            return all;
        }
        default:
            return {};
    }
}

void response_reader::end_of_file() {
    if (state_ == state::until_close) {
        state_ = state::done;
    } else if (!done() && !failed()) {
        fail(
            has_head() ? "the connection ended before the response did"
                       : "the connection ended without a response"
        );
    }
    keep_ = false;
}

void response_reader::reset() {
    *this = response_reader();
}

/// True: a head was taken, and another may follow because it was an interim one.
bool response_reader::take_head(std::string_view& bytes) {
    if (bytes.empty()) return false;
    // The end may lie across the cut: look again from three bytes before it.
    const std::size_t from =
        head_.size() < head_end.size() ? 0 : head_.size() - head_end.size() + 1;
    const std::size_t before = head_.size();
    head_.append(bytes.substr(0, head_bytes_max + 1 - std::min(before, head_bytes_max)));
    const std::size_t end = head_.find(head_end, from);
    if (end == std::string::npos) {
        bytes = {};
        if (head_.size() > head_bytes_max) fail("the response's head is longer than 64 KiB");
        return false;
    }
    bytes.remove_prefix(end + head_end.size() - before);
    head_.resize(end + 2);
    read_head(head_);
    head_.clear();
    return true;
}

void response_reader::read_head(std::string_view head) {
    keep_ = true;
    chunked_ = false;
    has_length_ = false;
    stream_path_.clear();
    bool first = true;
    while (!head.empty()) {
        const std::size_t end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(end + 2);
        if (!(first ? read_status_line(line) : read_field(line))) return;
        first = false;
    }
    begin_body();
}

bool response_reader::read_status_line(std::string_view line) {
    const bool good = line.size() >= 12 && line.starts_with("HTTP/1.") && line[8] == ' ' &&
                      (line.size() == 12 || line[12] == ' ') &&
                      read_number(line.substr(9, 3), status_) && status_ >= 100;
    if (!good) fail("the response does not begin with an HTTP/1.1 status line");
    if (line.starts_with("HTTP/1.0")) keep_ = false;
    return good;
}

bool response_reader::read_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
        fail("the response's head has a line without a colon");
        return false;
    }
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (equal_ignoring_case(name, "content-length")) {
        has_length_ = read_number(value, left_);
        if (!has_length_) fail("the response's Content-Length is no number");
        return has_length_;
    }
    if (equal_ignoring_case(name, "transfer-encoding")) {
        chunked_ = equal_ignoring_case(value, "chunked");
        if (!chunked_) fail("the response's Transfer-Encoding is not chunked");
        return chunked_;
    }
    if (equal_ignoring_case(name, "location") && value.starts_with('/')) stream_path_ = value;
    if (equal_ignoring_case(name, "x-stream-id") && stream_path_.empty())
        stream_path_.append("/v1/streams/").append(value);
    if (equal_ignoring_case(name, "connection") && equal_ignoring_case(value, "close"))
        keep_ = false;
    return true;
}

void response_reader::begin_body() {
    if (status_ < 200) {
        status_ = 0;
    } else if (status_ == 204 || status_ == 304) {
        state_ = state::done;
    } else if (chunked_) {
        state_ = state::chunks;
    } else if (has_length_) {
        state_ = left_ > 0 ? state::length : state::done;
    } else {
        state_ = state::until_close;
        keep_ = false;
    }
}

std::string_view response_reader::next_chunk(std::string_view& bytes) {
    const std::string_view piece = chunks_.next(bytes);
    if (chunks_.done()) state_ = state::done;
    if (chunks_.failed()) fail("the response's chunks are malformed");
    return piece;
}

std::string_view response_reader::next_by_length(std::string_view& bytes) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    const std::string_view piece = bytes.substr(0, size);
    bytes.remove_prefix(size);
    left_ -= size;
    if (left_ == 0) state_ = state::done;
    return piece;
}

void response_reader::fail(std::string_view problem) {
    if (state_ == state::head) status_ = 0;
    state_ = state::failed;
    problem_ = problem;
    keep_ = false;
}

}  // namespace sluice::gateway::load
