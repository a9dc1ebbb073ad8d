#include "gateway/admission/hash_key.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <istream>
#include <optional>
#include <ostream>
#include <span>
#include <string_view>

namespace sluice::gateway {

namespace {

constexpr std::size_t key_bytes_min = 16;
constexpr std::size_t key_bytes_max = 512;
constexpr std::size_t random_bytes = 32;
constexpr std::string_view prefix = "sk-";

/// Bytes that do not outlive it.
template <std::size_t Size>
class wiped_bytes {
 public:
    wiped_bytes() = default;
    ~wiped_bytes() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
    wiped_bytes(const wiped_bytes&) = delete;
    wiped_bytes& operator=(const wiped_bytes&) = delete;

    std::array<char, Size>& bytes() { return bytes_; }

 private:
    std::array<char, Size> bytes_{};
};

/// Room for a key that is too long by one byte, and for a carriage return.
using key_buffer = wiped_bytes<key_bytes_max + 2>;

/// Not getline: a string that grows leaves copies behind.
std::string_view read_line(std::istream& in, key_buffer& buffer) {
    auto& bytes = buffer.bytes();
    std::size_t size = 0;
    char c = 0;
    while (size < bytes.size() && in.get(c) && c != '\n')
        bytes[size++] = c;
    OPENSSL_cleanse(&c, sizeof c);
    std::string_view line(bytes.data(), size);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// What is wrong with a key, or nothing.
std::optional<std::string_view> refuse(std::string_view key) {
    if (key.empty()) return "no key on standard input";
    if (key.size() > key_bytes_max) return "the key is longer than 512 bytes";
    if (std::ranges::any_of(key, is_control)) return "the key has a control character in it";
    if (key.front() == ' ' || key.back() == ' ')
        return "the key begins or ends with a space, which HTTP takes away";
    if (key.size() < key_bytes_min) {
        return "the key has fewer than 16 bytes: too short to be safe from guessing; "
               "openssl rand -hex 24 makes one";
    }
    return std::nullopt;
}

void write_hexadecimal(std::span<const unsigned char> bytes, char* to) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const unsigned char byte : bytes) {
        *to++ = digits[byte >> 4];
        *to++ = digits[byte & 15];
    }
}

void print_hash(std::string_view key, std::ostream& out) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
    std::array<char, 2 * SHA256_DIGEST_LENGTH> text{};
    write_hexadecimal(digest, text.data());
    out << "sha256: \"" << std::string_view(text.data(), text.size()) << "\"\n";
}

int fail(std::string_view message, std::ostream& err) {
    err << "sluice: hash-key: " << message << '\n';
    return 1;
}

int finish(std::ostream& out, std::ostream& err) {
    out.flush();
    return out ? 0 : fail("standard output can't be written", err);
}

int print_new_key(std::ostream& out, std::ostream& err) {
    wiped_bytes<random_bytes> random;
    auto* bytes = reinterpret_cast<unsigned char*>(random.bytes().data());
    if (RAND_bytes(bytes, static_cast<int>(random_bytes)) != 1)
        return fail("the system gives no random bytes", err);
    wiped_bytes<prefix.size() + 2 * random_bytes> buffer;
    std::ranges::copy(prefix, buffer.bytes().begin());
    write_hexadecimal({bytes, random_bytes}, buffer.bytes().data() + prefix.size());
    const std::string_view key(buffer.bytes().data(), buffer.bytes().size());
    out << "key: " << key << '\n';
    print_hash(key, out);
    return finish(out, err);
}

}  // namespace

int run_hash_key(std::istream& in, std::ostream& out, std::ostream& err, bool generate) {
    if (generate) return print_new_key(out, err);
    key_buffer buffer;
    const std::string_view key = read_line(in, buffer);
    if (const auto problem = refuse(key)) return fail(*problem, err);
    print_hash(key, out);
    return finish(out, err);
}

}  // namespace sluice::gateway
