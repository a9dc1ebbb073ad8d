#pragma once

#include "upstream/generation.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace sluice::upstream::mock {

/// Whose API it is; none: the gateway's own.
enum class provider { openai, anthropic, google, ollama, none };

provider provider_of(api api);

/// What a provider says to a status. In the message `@` is the model's name.
struct words {
    int status;
    std::string_view type;
    std::string_view message;
    std::string_view code = {};
    std::string_view param = {};
    std::string_view retry_after = {};
};

/// By status; empty for none.
std::span<const words> words_of(provider provider);

/// The model's name comes from a client; so much of it is repeated.
constexpr std::size_t model_bytes_max = 128;

/// A number rounded up and never 0, as for Retry-After: at once is too soon.
std::string whole(double number);

}  // namespace sluice::upstream::mock
