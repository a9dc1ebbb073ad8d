#pragma once

#include "gateway/config/configuration.hpp"

#include <openssl/sha.h>

#include <string>

namespace sluice::gateway::testing {

inline client_key some_key(const std::string& id, const std::string& secret) {
    client_key made;
    made.id = id;
    SHA256(
        reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), made.sha256.data()
    );
    return made;
}

}  // namespace sluice::gateway::testing
