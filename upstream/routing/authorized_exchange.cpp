#include "upstream/routing/authorized_exchange.hpp"

#include <utility>

namespace sluice::upstream {

authorized_exchange::authorized_exchange(
    token_cache& tokens,
    const provider_settings& provider,
    begin_exchange begin,
    source_listener& listener
)
    : tokens_(tokens), begin_(std::move(begin)), listener_(listener), authorized_(provider) {
    authorize();
}

void authorized_exchange::authorize() {
    if (auto token = tokens_.known(authorized_)) return begin(std::move(*token));
    wait_ = tokens_.ask(authorized_, [this](const token_cache::result& told) {
        if (told) {
            begin(*told);
        } else {
            refused_ = told.error();
            listener_.on_ready();
        }
    });
}

void authorized_exchange::begin(std::string token) {
    authorized_.bearer_token = std::move(token);
    exchange_ = begin_(authorized_);
}

void authorized_exchange::take(batch& out) {
    out.clear();
    if (done_) return;
    if (refused_) {
        done_ = true;
        out.ending = ending{refused_->outcome, std::move(refused_)};
        return;
    }
    if (!exchange_) return;
    exchange_->take(out);
    // The request is held for a second try only as long as there may be one.
    const int status = exchange_->head().status;
    if (status != 0 && status != 401) begin_ = nullptr;
    if (!out.ending) return;
    if (again_ || !token_was_refused(out)) {
        done_ = true;
        return;
    }
    again_ = true;
    out.clear();
    tokens_.forget(authorized_, authorized_.bearer_token);
    exchange_.reset();
    authorize();
}

/// A service that refused the token has told nothing else.
bool authorized_exchange::token_was_refused(const batch& out) const {
    return begin_ && out.items.empty() && exchange_->head().status == 401;
}

bool authorized_exchange::waiting() const {
    return !done_ && (refused_ || (exchange_ && exchange_->waiting()));
}

void authorized_exchange::cancel() {
    done_ = true;
    wait_.reset();
    if (exchange_) exchange_->cancel();
}

}  // namespace sluice::upstream
