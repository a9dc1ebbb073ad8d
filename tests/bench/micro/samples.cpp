#include "tests/bench/micro/samples.hpp"

namespace sluice::bench {

namespace {

constexpr std::string_view chunk =
    R"({"id":"chatcmpl-BfFmR0v3qS8tYwZkL1nXuP2d","object":"chat.completion.chunk",)"
    R"("created":1747000000,"model":"gpt-4o","choices":[{"index":0,)"
    R"("delta":{"content":" rivers"},"finish_reason":null}]})";

constexpr std::string_view question = "Tell me about rivers";

/// About 500 bytes of JSON string, as people and models write them.
constexpr std::string_view paragraph =
    R"(A river collects the water of its basin: \"every brook\" that falls into it, and what the )"
    R"(ground gives back in summer.\n\n- The Rhône begins at a glacier.\n- The Loire, 1006 km, )"
    R"(begins at a mountain of cafés.\n\n```cpp\nstd::string name = \"Loire\";\n\tflow(name);\n)"
    R"(```\n\nWhat a river carries it lays down where it slows: gravel first, then sand, then mud. )"
    R"(That is why its mouth is flat, and why the fields on both of its banks are good ones. )";

constexpr std::size_t large_messages = 111;
constexpr std::size_t large_paragraphs = 2;  // in each of them: 100 KiB in all

std::string message(std::string_view role, std::size_t paragraphs) {
    std::string text = R"({"role":")" + std::string(role) + R"(","content":")";
    if (paragraphs == 0) text += question;
    for (std::size_t i = 0; i < paragraphs; ++i)
        text += paragraph;
    return text += R"("})";
}

std::string messages(conversation length) {
    if (length == conversation::small) return "[" + message("user", 0) + "]";
    std::string all = "[";
    for (std::size_t i = 0; i < large_messages; ++i) {
        if (i > 0) all += ',';
        all += message(i % 2 == 0 ? "user" : "assistant", large_paragraphs);
    }
    return all += ']';
}

std::string make_chat_body(conversation length) {
    return R"({"model":"gpt-4o","messages":)" + messages(length) +
           R"(,"temperature":0.7,"max_tokens":1024,"stream":true})";
}

std::string make_native_body(conversation length) {
    if (length == conversation::large) return make_chat_body(length);
    return R"({"model":"gpt-4o","prompt":")" + std::string(question) + R"("})";
}

std::string repeat(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

}  // namespace

std::string_view token_chunk() {
    return chunk;
}

std::string_view token_frame() {
    static const std::string frame = "data: " + std::string(chunk) + "\n\n";
    return frame;
}

std::string_view token_read() {
    static const std::string read = repeat(token_frame(), read_frames);
    return read;
}

std::size_t messages_of(conversation length) {
    return length == conversation::small ? 1 : large_messages;
}

const std::string& chat_body(conversation length) {
    static const std::string small = make_chat_body(conversation::small);
    static const std::string large = make_chat_body(conversation::large);
    return length == conversation::small ? small : large;
}

const std::string& native_body(conversation length) {
    static const std::string small = make_native_body(conversation::small);
    static const std::string large = make_native_body(conversation::large);
    return length == conversation::small ? small : large;
}

}  // namespace sluice::bench
