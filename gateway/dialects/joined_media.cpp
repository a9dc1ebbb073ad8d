#include "gateway/dialects/joined_media.hpp"

#include <cstdint>

namespace sluice::gateway {

namespace {

constexpr std::string_view digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// How much of a picture's beginning is compared: the signatures of PNG, JPEG, WebP and GIF have
/// more, and a part of one picture begins like it once in sixteen million.
constexpr std::size_t signature_digits = 4;

/// Adds bytes to a text of base64 as bits come, three bytes to four digits.
class base64_writer {
 public:
    explicit base64_writer(std::string& out) : out_(out) {}

    void add(std::uint32_t byte) {
        bits_ = bits_ << 8 | byte;
        if (++held_ == 3) flush();
    }
    void finish() {
        if (held_ == 0) return;
        const auto kept = held_ + 1;
        while (held_ < 3) {
            bits_ <<= 8;
            ++held_;
        }
        flush();
        out_.replace(out_.size() - 4 + kept, 4 - kept, 4 - kept, '=');
    }

 private:
    void flush() {
        for (const int shift : {18, 12, 6, 0})
            out_ += digits[bits_ >> shift & 63U];
        bits_ = 0;
        held_ = 0;
    }

    std::string& out_;
    std::uint32_t bits_ = 0;
    std::size_t held_ = 0;
};

/// Hands out the bytes of a text of base64. What is no digit is passed over.
void decode_into(base64_writer& to, std::string_view base64) {
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : base64) {
        const auto digit = digits.find(c);
        if (digit == std::string_view::npos) continue;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        to.add(bits >> count & 0xffU);
    }
}

}  // namespace

bool goes_on(std::string_view type, std::string_view data, const upstream::media_delta& part) {
    if (data.empty()) return true;
    if (part.type != type) return false;
    if (!part.type.starts_with("image/")) return true;
    return data.substr(0, signature_digits) != part.data.substr(0, signature_digits);
}

void append_base64(std::string& to, std::string_view part) {
    // Whole groups of four digits join as they are; a group that is filled up has to be opened.
    if (to.size() % 4 == 0 && !to.ends_with('=')) {
        to += part;
        return;
    }
    const auto whole = to.size() - (to.size() % 4 == 0 ? 4 : to.size() % 4);
    const auto last = to.substr(whole);
    to.resize(whole);
    base64_writer writer{to};
    decode_into(writer, last);
    decode_into(writer, part);
    writer.finish();
}

bool joined_media::continued_by(const upstream::media_delta& part) const {
    return data_.empty() ||
           (data_.size() + part.data.size() <= bytes_max && goes_on(type_, data_, part));
}

void joined_media::append(const upstream::media_delta& part) {
    if (data_.empty()) type_ = part.type;
    append_base64(data_, part.data);
}

}  // namespace sluice::gateway
