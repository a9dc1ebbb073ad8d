#include "tests/bench/provider/frames.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <initializer_list>
#include <string_view>

namespace sluice::bench {

namespace {

constexpr std::string_view head =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/event-stream\r\n"
    "Cache-Control: no-cache\r\n"
    "Transfer-Encoding: chunked\r\n"
    "\r\n";
constexpr std::string_view before_text = R"("choices":[{"index":0,"delta":{"content":")";
constexpr std::string_view after_text = "\"},\"finish_reason\":null}]}\n\n";

/// The digits of a number, on the stack: this runs for every token.
class digits {
 public:
    explicit digits(std::uint64_t value, int base = 10) {
        const auto end = std::to_chars(text_.data(), text_.data() + text_.size(), value, base).ptr;
        size_ = static_cast<std::size_t>(end - text_.data());
    }
    operator std::string_view() const { return {text_.data(), size_}; }

 private:
    std::array<char, 20> text_;
    std::size_t size_;
};

void append_chunk(std::string& out, std::initializer_list<std::string_view> pieces) {
    std::size_t size = 0;
    for (const auto piece : pieces)
        size += piece.size();
    out += digits(size, 16);
    out += "\r\n";
    for (const auto piece : pieces)
        out += piece;
    out += "\r\n";
}

}  // namespace

frames::frames(const order& asked) : tokens_(asked.tokens), usage_(asked.usage) {
    std::array<char, 160> text{};
    const int size = std::snprintf(
        text.data(),
        text.size(),
        R"(data: {"id":"chatcmpl-%012llu","object":"chat.completion.chunk","created":1700000000,"model":"bench",)",
        static_cast<unsigned long long>(asked.id)
    );
    before_.assign(text.data(), static_cast<std::size_t>(size));
}

void frames::append_begin(std::string& out) const {
    out += head;
    append_chunk(
        out,
        {before_,
         R"("choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})",
         "\n\n"}
    );
}

void frames::append_token(std::string& out, std::uint64_t sequence, std::int64_t now_ns) const {
    const digits number(sequence);
    const digits stamp(static_cast<std::uint64_t>(now_ns));
    append_chunk(out, {before_, before_text, number, "@", stamp, " word ", after_text});
}

void frames::append_end(std::string& out) const {
    append_chunk(
        out, {before_, R"("choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})", "\n\n"}
    );
    if (usage_) {
        const std::string count = std::to_string(tokens_);
        const std::string all = std::to_string(tokens_ + 12);
        append_chunk(
            out,
            {before_,
             R"("choices":[],"usage":{"prompt_tokens":12,"completion_tokens":)",
             count,
             R"(,"total_tokens":)",
             all,
             "}}\n\n"}
        );
    }
    append_chunk(out, {"data: [DONE]\n\n"});
    out += "0\r\n\r\n";
}

}  // namespace sluice::bench
