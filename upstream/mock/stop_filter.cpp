#include "upstream/mock/stop_filter.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream::mock {

stop_filter::stop_filter(std::vector<std::string> strings) : strings_(std::move(strings)) {
    std::erase_if(strings_, [](const std::string& string) { return string.empty(); });
}

void stop_filter::feed(std::string_view text, std::string& out) {
    if (strings_.empty()) {
        out += text;
        return;
    }
    pending_ += text;
    // What is complete first ends the text; of two that end together, what began first.
    std::pair<std::size_t, std::size_t> first{std::string::npos, std::string::npos};
    for (const std::string& string : strings_) {
        const std::size_t begin = pending_.find(string);
        if (begin == std::string::npos) continue;
        const std::pair found{begin + string.size(), begin};
        if (found < first) stopped_by_ = string;
        first = std::min(first, found);
    }
    const std::size_t seen = stopped() ? first.second : pending_.size() - held_bytes();
    out.append(pending_, 0, seen);
    pending_.erase(0, stopped() ? std::string::npos : seen);
}

void stop_filter::finish(std::string& out) {
    out += pending_;
    pending_.clear();
}

/// The longest end of the pending text that begins some stop string.
std::size_t stop_filter::held_bytes() const {
    std::size_t held = 0;
    for (const std::string& string : strings_) {
        for (std::size_t size = std::min(string.size() - 1, pending_.size()); size > held; --size) {
            if (std::string_view(pending_).ends_with(std::string_view(string).substr(0, size))) {
                held = size;
            }
        }
    }
    return held;
}

}  // namespace sluice::upstream::mock
