#include "gateway/http/hardening.hpp"

#include <openssl/crypto.h>

#include <sys/prctl.h>
#include <sys/resource.h>

namespace sluice::gateway {

bool forbid_core_dumps() {
    // A core pattern that is a pipe gets its dump whatever RLIMIT_CORE says; of a process that is
    // not dumpable there is none. The limit is for what the process might start.
    const rlimit none{0, 0};
    const bool limited = setrlimit(RLIMIT_CORE, &none) == 0;
    const bool hidden = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
    return limited && hidden;
}

void wipe(std::string& secret) {
    // The rest of the capacity may hold what the string was before it grew shorter; as a part of
    // the string it may be written to. Nothing is allocated for that.
    secret.resize(secret.capacity());
    OPENSSL_cleanse(secret.data(), secret.size());
    secret.clear();
}

}  // namespace sluice::gateway
