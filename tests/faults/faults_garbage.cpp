#include "tests/faults/faults.hpp"

#include <cstdint>
#include <random>

/// What is no HTTP, no event stream, no JSON.
namespace sluice::faults {
namespace {

using namespace std::string_literals;

constexpr std::size_t delivered_tokens = 8;

/// The same in each run.
std::string random_bytes(std::size_t count) {
    std::mt19937 numbers(20'261'126);  // NOLINT(cert-msc51-cpp): the same each time
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += static_cast<char>(numbers() & 0xFFU);
    return out;
}

/// The good answer up to there, as it would be streamed, and its rest.
std::pair<std::string, std::string> halves(const conversation& talk, std::size_t tokens) {
    if (!talk.asked().streamed) return {"", talk.good_body()};
    const auto said = talk.stream();
    auto first = bytes_of(said.opening);
    std::string rest;
    for (std::size_t i = 0; i < said.content.size(); ++i)
        (i < tokens ? first : rest) += bytes_of(said.content[i]);
    return {first, rest + bytes_of(said.closing) + bytes_of(said.terminal)};
}

/// Something between the frames; in front of a document.
void add_between(
    std::vector<fault>& to,
    const char* id,
    const char* what,
    std::size_t tokens,
    effect streamed,
    effect document,
    std::string between
) {
    to.push_back({id, what, streamed, document, [tokens, between](conversation& talk) {
                      const auto [first, rest] = halves(talk, tokens);
                      talk.answer_head();
                      if (!first.empty()) talk.chunk(first);
                      if (tokens > 0) talk.settle();
                      talk.chunk(between);
                      talk.chunk(rest);
                      talk.last_chunk();
                  }});
}

void add_no_http(std::vector<fault>& to) {
    const auto add = [&](const char* id, const char* what, std::string wire) {
        to.push_back({id, what, effect::before, effect::before, [wire](conversation& talk) {
                          talk.send(wire);
                          talk.settle();
                      }});
    };
    add("ssh", "Another protocol answers.", "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
    add("tls-alert", "TLS answers.", "\x15\x03\x01\x00\x02\x02\x46"s);
    add("random-bytes", "Random bytes answer.", random_bytes(4096));
    add("http-0-9", "A body answers without a head.", "data: {\"choices\":[]}\n\ndata: [DONE]\n\n");
    add("http-2-preface",
        "HTTP/2 answers.",
        "\x00\x00\x06\x04\x00\x00\x00\x00\x00"s + "\0\3\0\0\0d"s);
    add("nul-in-head",
        "A NUL in the head.",
        "HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 0\r\n\r\n"s);
    add("bad-field",
        "A line of the head without a colon.",
        "HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n");
    add("nothing-but-lines", "Empty lines answer.", "\r\n\r\n\r\n\r\n");
}

void add_no_events(std::vector<fault>& to) {
    const auto add = [&](const char* id, const char* what, std::string body) {
        to.push_back({id, what, effect::before, effect::before, [body](conversation& talk) {
                          talk.answer_head();
                          talk.chunk(body);
                          talk.last_chunk();
                      }});
    };
    add("body-random", "Random bytes for a body.", random_bytes(8192));
    add("body-json-array", "An empty array for a body.", "[]");
    add("body-json-null", "null for a body.", "null");
    add("body-words", "Words for a body.", "Internal Server Error");
    add("body-comments", "Comments alone for a body.", ": one\n\n: two\n\n");
}

void add_no_json(std::vector<fault>& to) {
    add_between(
        to,
        "bad-json-first",
        "A frame that is no JSON before content.",
        0,
        effect::before,
        effect::before,
        "data: {\"choices\": [{\"delta\": \n\n"
    );
    add_between(
        to,
        "bad-json-late",
        "A frame that is no JSON after content.",
        delivered_tokens,
        effect::after,
        effect::before,
        "data: {\"choices\": [{\"delta\": \n\n"
    );
    add_between(
        to,
        "words-first",
        "A frame of words before content.",
        0,
        effect::before,
        effect::before,
        "data: <html>oops\n\n"
    );
    add_between(
        to,
        "array-first",
        "A frame that is an array before content.",
        0,
        effect::odd,
        effect::before,
        "data: [1,2,3]\n\n"
    );
    add_between(
        to,
        "nul-first",
        "NULs between lines before content.",
        0,
        effect::odd,
        effect::before,
        "\0\0\n: \0\n\n"s
    );
    add_between(
        to,
        "nul-late",
        "NULs in a comment after content.",
        delivered_tokens,
        effect::either,
        effect::before,
        ": \0\0\n\n"s
    );
    add_between(
        to,
        "bad-utf8-comment",
        "A comment that is no UTF-8.",
        delivered_tokens,
        effect::either,
        effect::before,
        ": \xFF\xC0\x80\n\n"
    );
    add_between(
        to,
        "wrong-members",
        "A frame whose members have wrong types.",
        0,
        effect::odd,
        effect::before,
        "data: {\"choices\":{\"delta\":7},\"type\":[],\"id\":{},\"usage\":\"much\"}\n\n"
    );
}

}  // namespace

void add_garbage(std::vector<fault>& to) {
    add_no_http(to);
    add_no_events(to);
    add_no_json(to);
}

}  // namespace sluice::faults
