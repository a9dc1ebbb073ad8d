#include "upstream/generation.hpp"

namespace sluice::upstream {

bool is_output_token(const item& item) {
    return std::visit(
        [](const auto& part) {
            if constexpr (requires { part.text; }) return !part.text.empty();
            if constexpr (requires { part.arguments; }) return true;
            return requires {
                part.transcript;
            };
        },
        item
    );
}

std::string_view to_string(outcome value) {
    switch (value) {
        case outcome::completed:
            return "completed";
        case outcome::client_gone:
            return "client_gone";
        case outcome::upstream_error:
            return "upstream_error";
        case outcome::upstream_eof:
            return "upstream_eof";
        case outcome::first_token_timeout:
            return "first_token_timeout";
        case outcome::progress_timeout:
            return "progress_timeout";
        case outcome::deadline:
            return "deadline";
        case outcome::gap:
            return "gap";
        case outcome::slow_reader:
            return "slow_reader";
        case outcome::cancelled:
            return "cancelled";
        case outcome::budget:
            return "budget";
        case outcome::drained:
            return "drained";
        case outcome::rejected:
            return "rejected";
        case outcome::shed:
            return "shed";
    }
    return "unknown";
}

std::string_view to_string(finish_reason value) {
    switch (value) {
        case finish_reason::stop:
            return "stop";
        case finish_reason::length:
            return "length";
        case finish_reason::tool_calls:
            return "tool_calls";
        case finish_reason::content_filter:
            return "content_filter";
    }
    return "stop";
}

}  // namespace sluice::upstream
