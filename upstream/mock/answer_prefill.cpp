#include "upstream/mock/answer.hpp"

#include <algorithm>

namespace sluice::upstream::mock {
namespace {

/// `rest` becomes what is left of a token that the beginning ends within.
bool leave_out(passage& passage, std::string_view beginning, std::string& rest) {
    std::string token;
    while (!beginning.empty()) {
        if (passage.done()) return false;
        token.clear();
        passage.next(token);
        const std::size_t size = std::min(token.size(), beginning.size());
        if (token.compare(0, size, beginning, 0, size) != 0) return false;
        beginning.remove_prefix(size);
        rest = token.substr(size);
    }
    return true;
}

bool leave_out(document& document, std::string_view beginning, std::string&) {
    if (!document.media_type.empty() || !document.text.starts_with(beginning)) return false;
    document.at = beginning.size();
    return true;
}

/// Calls, sounds and vectors begin with no text.
template <class Other>
bool leave_out(Other&, std::string_view, std::string&) {
    return false;
}

}  // namespace

bool answer::go_on_from(std::string_view beginning, std::int64_t input_tokens) {
    if (choices_.size() != 1) return false;
    choice& only = choices_.front();
    const auto begins = [&](auto& content) { return leave_out(content, beginning, only.begun); };
    if (only.refuses || !std::visit(begins, only.content)) return false;
    std::string seen;
    only.filter.feed(beginning, seen);
    if (only.filter.stopped()) return false;
    only.known = beginning.size() - seen.size();
    only.thoughts = passage();
    input_tokens_ = input_tokens;
    return true;
}

}  // namespace sluice::upstream::mock
