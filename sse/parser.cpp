#include "sse/parser.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice::sse {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::uint64_t retry_ms_max = std::numeric_limits<std::uint32_t>::max();

}  // namespace

parser::parser(std::size_t frame_bytes_max) : frame_bytes_max_(frame_bytes_max) {}

void parser::feed(std::string_view bytes) {
    if (failed_) return;
    // Moving only what is no longer than what it replaces keeps the work linear.
    if (begin_ >= buffer_.size() - begin_) compact();
    buffer_.append(bytes);
}

std::optional<frame> parser::next() {
    if (failed_) return std::nullopt;
    while (const auto line = next_line()) {
        if (line->empty()) return finish_block();
        take_field(*line);
    }
    // What has come of an unfinished block only grows. (A block that just reaches the limit fails
    // with its next byte, whether that comes now or later: the cuts must not decide.)
    if (buffer_.size() - content_ > frame_bytes_max_) failed_ = true;
    return std::nullopt;
}

bool parser::failed() const {
    return failed_;
}

std::string_view parser::incomplete() const {
    std::string_view rest = std::string_view(buffer_).substr(content_);
    const bool lf_of_last_block = after_cr_ && line_ == content_ && rest.starts_with('\n');
    if (lf_of_last_block) rest.remove_prefix(1);
    return rest;
}

std::optional<std::uint64_t> parser::retry_ms() const {
    return retry_ms_;
}

void parser::compact() {
    buffer_.erase(0, begin_);
    content_ -= begin_;
    line_ -= begin_;
    line_ends_.shift(begin_);
    begin_ = 0;
}

// The next line of the current block, if its end has come. A CR ends it at once: waiting for the
// byte behind it would hold a finished event back.
std::optional<std::string_view> parser::next_line() {
    skip_lf_after_cr();
    const std::string_view text = buffer_;
    const std::size_t end = line_ends_.find(text, line_);
    if (end == text.size()) return std::nullopt;
    if (end + 1 - content_ > frame_bytes_max_) {
        failed_ = true;
        return std::nullopt;
    }
    std::string_view line = text.substr(line_, end - line_);
    line_ = end + 1;
    after_cr_ = text[end] == '\r';
    skip_lf_after_cr();
    if (std::exchange(first_line_, false) && line.starts_with(byte_order_mark)) {
        line.remove_prefix(byte_order_mark.size());
    }
    return line;
}

void parser::skip_lf_after_cr() {
    if (!after_cr_ || line_ == buffer_.size()) return;
    after_cr_ = false;
    if (buffer_[line_] != '\n') return;
    if (line_ == content_) ++content_;  // it ends the block before this one
    ++line_;
}

void parser::take_field(std::string_view line) {
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.remove_prefix(1);

    if (name == "data") {
        take_data(value);
    } else if (name == "event") {
        type_ = span_of(value);
    } else if (name == "id") {
        if (value.find('\0') == std::string_view::npos) id_ = span_of(value);
    } else if (name == "retry") {
        take_retry(value);
    }
    // A comment has an empty name; every other name is ignored as well.
}

void parser::take_data(std::string_view value) {
    ++data_lines_;
    if (data_lines_ == 1) {
        first_data_ = span_of(value);
        return;
    }
    if (data_lines_ == 2) joined_data_.assign(view_of(first_data_));
    joined_data_ += '\n';
    joined_data_ += value;
}

void parser::take_retry(std::string_view value) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (value.empty() || !std::all_of(value.begin(), value.end(), is_digit)) return;
    std::uint64_t total = 0;
    for (const char digit : value) {
        total = std::min(10 * total + static_cast<std::uint64_t>(digit - '0'), retry_ms_max);
    }
    retry_ms_ = total;
}

frame parser::finish_block() {
    // The id counts from here on even when the block holds no data. That of a block which never
    // ends doesn't.
    if (id_) last_event_id_.assign(view_of(*id_));
    frame block{
        .raw = std::string_view(buffer_).substr(begin_, line_ - begin_),
        .type = type_.size == 0 ? std::string_view("message") : view_of(type_),
        .data = data_lines_ > 1 ? std::string_view(joined_data_) : view_of(first_data_),
        .last_event_id = last_event_id_,
        .dispatched = data_lines_ > 0,
    };
    begin_ = content_ = line_;
    type_ = first_data_ = {};
    data_lines_ = 0;
    id_.reset();
    return block;
}

parser::span parser::span_of(std::string_view piece) const {
    const auto at = static_cast<std::size_t>(piece.data() - buffer_.data());
    return {at - begin_, piece.size()};
}

std::string_view parser::view_of(span piece) const {
    return std::string_view(buffer_).substr(begin_ + piece.at, piece.size);
}

}  // namespace sluice::sse
