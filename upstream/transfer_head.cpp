#include "upstream/transfer_head.hpp"

#include <charconv>
#include <string>

namespace sluice::upstream {

namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

}  // namespace

const header_list& transfer_head::none() {
    static const header_list empty;
    return empty;
}

bool transfer_head::feed(std::string_view line) {
    if (part_ == part::after) return true;
    bytes_ += line.size();
    if (bytes_ > bytes_max) return false;
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    if (part_ == part::status) return feed_status(line);
    if (!line.empty()) return feed_field(line);
    end_head();
    return true;
}

bool transfer_head::feed_status(std::string_view line) {
    const auto space = line.find(' ');
    if (!line.starts_with("HTTP/") || space == std::string_view::npos) return false;
    const auto code = line.substr(space + 1, 3);
    const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), status_);
    if (error != std::errc{} || end != code.data() + 3 || status_ < 100) return false;
    http2_ = line.starts_with("HTTP/2");
    headers_.clear();
    part_ = part::fields;
    return true;
}

bool transfer_head::feed_field(std::string_view line) {
    const auto colon = line.find(':');
    // Continuation lines are long obsolete, and nothing that is read here was ever folded.
    if (line.front() == ' ' || line.front() == '\t' || colon == std::string_view::npos) return true;
    if (headers_.size() == fields_max) return false;
    headers_.emplace_back(
        lower(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1)))
    );
    return true;
}

void transfer_head::end_head() {
    const bool interim = status_ < 200;
    part_ = interim ? part::status : part::after;
}

}  // namespace sluice::upstream
