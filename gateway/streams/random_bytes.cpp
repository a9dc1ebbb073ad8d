#include "gateway/streams/random_bytes.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <stdexcept>

namespace sluice::gateway {

namespace {

struct supply {
    std::array<unsigned char, 512> bytes;
    std::size_t left = 0;  ///< at the end

    ~supply() { OPENSSL_cleanse(bytes.data(), bytes.size()); }

    void refill() {
        if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
            throw std::runtime_error("no random numbers");
        left = bytes.size();
    }
};

}  // namespace

void fill_random(unsigned char* out, std::size_t size) {
    thread_local supply drawn;
    while (size > 0) {
        if (drawn.left == 0) drawn.refill();
        const auto count = std::min(size, drawn.left);
        auto* from = drawn.bytes.data() + drawn.bytes.size() - drawn.left;
        std::copy_n(from, count, out);
        // What has been given out is nowhere else.
        OPENSSL_cleanse(from, count);
        drawn.left -= count;
        out += count;
        size -= count;
    }
}

}  // namespace sluice::gateway
