#pragma once

#include "gateway/admission/keys.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::gateway {

/// What the pages' cookie holds in a key's place: whose key it stands for and until when, signed.
/// Nothing is kept here, so any worker, and a gateway that was reloaded, knows it again; a key that
/// is taken out of the configuration, or gets another secret, takes its cookies with it. Immutable;
/// any thread.
class page_sessions {
 public:
    using time_point = std::chrono::system_clock::time_point;

    static constexpr std::string_view cookie_name = "sluice_session";

    explicit page_sessions(std::string secret) : secret_(std::move(secret)) {}

    /// `{key id}.{Unix seconds}.{signature}`, no longer than the key itself is good.
    std::string issue(const client_key& key, time_point until) const;

    /// The key that it stands for; null: it was not made here, has expired, or the key has gone.
    const client_key* find(std::string_view value, const key_ring& keys, time_point now) const;

 private:
    std::string secret_;
};

/// The value of a cookie in a Cookie header (RFC 6265, 5.4); empty: it is not there.
std::string_view cookie_in(std::string_view header, std::string_view name);

}  // namespace sluice::gateway
