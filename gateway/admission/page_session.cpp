#include "gateway/admission/page_session.hpp"

#include "gateway/admission/signature.hpp"

#include <algorithm>

namespace sluice::gateway {

namespace {

/// The stored hash is part of it: the cookie is that secret's, and not only that name's.
std::string signed_text(const client_key& key, std::string_view until) {
    std::string text{"page session\n"};
    text.append(key.id).append("\n").append(until).append("\n");
    text.append(key.sha256.begin(), key.sha256.end());
    return text;
}

}  // namespace

std::string page_sessions::issue(const client_key& key, time_point until) const {
    const auto text = unix_text(key.expires ? std::min(until, *key.expires) : until);
    std::string value = key.id;
    return value.append(".").append(text).append(".").append(
        sign_text(secret_, signed_text(key, text))
    );
}

const client_key* page_sessions::find(std::string_view value, const key_ring& keys, time_point now)
    const {
    // Of the three parts only a key's id may hold dots.
    const auto second = value.rfind('.');
    if (second == std::string_view::npos || second == 0) return nullptr;
    const auto first = value.rfind('.', second - 1);
    if (first == std::string_view::npos) return nullptr;
    const auto until = value.substr(first + 1, second - first - 1);
    const auto* key = keys.named(value.substr(0, first));
    if (!key) return nullptr;
    const bool good = is_signature_of(value.substr(second + 1), secret_, signed_text(*key, until));
    const bool alive = !key->expires || *key->expires > now;
    return good && alive && is_ahead(until, now) ? key : nullptr;
}

std::string_view cookie_in(std::string_view header, std::string_view name) {
    while (!header.empty()) {
        const auto end = std::min(header.find(';'), header.size());
        auto pair = header.substr(0, end);
        header.remove_prefix(std::min(end + 1, header.size()));
        pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
            return pair.substr(name.size() + 1);
    }
    return {};
}

}  // namespace sluice::gateway
