#include "upstream/routing/sticky.hpp"

#include "upstream/mock/hash.hpp"

#include <algorithm>
#include <variant>

namespace sluice::upstream {

namespace {

using mock::fingerprint;

void add_text(fingerprint& print, const message& from) {
    for (const auto& part : from.content) {
        if (const auto* text = std::get_if<text_part>(&part)) print.add(text->text);
    }
}

/// What stays the same while a conversation grows: all up to the user's first message.
std::uint64_t number_of(const request& request) {
    fingerprint print;
    print.add(request.model);
    for (const auto& message : request.messages) {
        add_text(print, message);
        if (message.role == role::user) break;
    }
    return print.value();
}

}  // namespace

std::optional<std::uint64_t> sticky_number(const sticky_rule& rule, const call& call) {
    switch (rule.what) {
        case sticky_rule::by::nothing:
            break;
        case sticky_rule::by::conversation:
            return number_of(call.request);
        case sticky_rule::by::header: {
            const auto found = std::ranges::find_if(call.headers, [&](const auto& header) {
                return header.first == rule.header;
            });
            if (found == call.headers.end() || found->second.empty()) break;
            fingerprint print;
            print.add(found->second);
            return print.value();
        }
    }
    return std::nullopt;
}

}  // namespace sluice::upstream
