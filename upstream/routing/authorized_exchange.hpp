#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"
#include "upstream/routing/exchange.hpp"
#include "upstream/routing/iam_tokens.hpp"
#include "upstream/source.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace sluice::upstream {

/// An exchange with a provider whose key is first exchanged for a token.
///
/// Mostly the token is known, and the exchange begins at once. A token that the service refuses is
/// forgotten, and the exchange made once more with another. `tokens`, `provider` and `listener`
/// outlive it.
class authorized_exchange final : public source {
 public:
    /// Begins an exchange with settings that hold the token, and that outlive it.
    using begin_exchange = std::function<std::unique_ptr<source>(const provider_settings&)>;

    authorized_exchange(
        token_cache& tokens,
        const provider_settings& provider,
        begin_exchange begin,
        source_listener& listener
    );

    void take(batch& out) override;
    bool waiting() const override;
    bool can_pause() const override { return !exchange_ || exchange_->can_pause(); }
    void cancel() override;
    const response_head& head() const override { return exchange_ ? exchange_->head() : head_; }

 private:
    void authorize();
    void begin(std::string token);
    bool token_was_refused(const batch& out) const;

    token_cache& tokens_;
    begin_exchange begin_;
    source_listener& listener_;
    provider_settings authorized_;  ///< the provider's, with the token
    response_head head_;            ///< of what was not begun
    std::optional<failure> refused_;
    bool done_ = false;
    bool again_ = false;  ///< a token was refused already
    std::unique_ptr<token_cache::wait> wait_;
    std::unique_ptr<source> exchange_;
};

}  // namespace sluice::upstream
