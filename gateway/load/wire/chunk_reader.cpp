#include "gateway/load/wire/chunk_reader.hpp"

#include <algorithm>

namespace sluice::gateway::load {

namespace {

constexpr std::size_t size_digits_max = 15;
/// Extensions of one chunk, or all trailers: as much as a head may hold.
constexpr std::size_t overhead_max = std::size_t{64} << 10;

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

}  // namespace

std::string_view chunk_reader::next(std::string_view& bytes) {
    while (!bytes.empty() && !done() && !failed()) {
        if (state_ == state::data) {
            const auto size =
                static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
            const std::string_view piece = bytes.substr(0, size);
            bytes.remove_prefix(size);
            left_ -= size;
            if (left_ == 0) state_ = state::data_end;
            return piece;
        }
        const char c = bytes.front();
        bytes.remove_prefix(1);
        take_framing(c);
    }
    return {};
}

void chunk_reader::take_framing(char c) {
    if (state_ == state::size) {
        take_size(c);
    } else if (state_ == state::data_end) {
        if (c == '\n') {
            state_ = state::size;
            digits_ = 0;
            overhead_ = 0;
        } else if (c != '\r') {
            state_ = state::failed;
        }
    } else if (++overhead_ > overhead_max) {
        state_ = state::failed;
    } else if (state_ == state::extension) {
        if (c == '\n') end_size_line();
    } else if (c == '\n') {
        end_trailer_line();
    } else if (c != '\r') {
        ++line_;
    }
}

void chunk_reader::take_size(char c) {
    if (const int digit = hex_value(c); digit >= 0) {
        left_ = 16 * (digits_ == 0 ? 0 : left_) + static_cast<std::uint64_t>(digit);
        if (++digits_ > size_digits_max) state_ = state::failed;
    } else if (digits_ == 0) {
        state_ = state::failed;
    } else if (c == '\n') {
        end_size_line();
    } else if (c == '\r' || c == ';' || c == ' ' || c == '\t') {
        state_ = state::extension;
    } else {
        state_ = state::failed;
    }
}

void chunk_reader::end_size_line() {
    state_ = left_ > 0 ? state::data : state::trailer;
    line_ = 0;
}

void chunk_reader::end_trailer_line() {
    if (line_ == 0) state_ = state::done;
    line_ = 0;
}

}  // namespace sluice::gateway::load
