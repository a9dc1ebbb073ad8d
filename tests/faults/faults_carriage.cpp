#include "tests/faults/faults.hpp"
#include "tests/faults/gzip.hpp"

#include <array>
#include <cstdio>

/// HTTP around the body: framing, heads, encodings.
namespace sluice::faults {
namespace {

std::string type_of(const conversation& talk) {
    return talk.asked().streamed ? "text/event-stream" : "application/json";
}

void add_heads(std::vector<fault>& to) {
    const auto add = [&](const char* id, const char* what, std::string before, header_fields more) {
        to.push_back({id, what, effect::benign, effect::benign, [before, more](conversation& talk) {
                          talk.send(before);
                          talk.answer_head(more);
                          talk.chunk(talk.good_body());
                          talk.last_chunk();
                      }});
    };
    add("continue-100", "An interim answer 100 comes first.", "HTTP/1.1 100 Continue\r\n\r\n", {});
    add("early-hints-103",
        "Interim answers 103 and 102 come first.",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nContent-Type: text/html\r\n\r\n"
        "HTTP/1.1 102 Processing\r\n\r\n",
        {});
    add("doubled-headers",
        "Headers come twice.",
        "",
        {{"Content-Type", "text/event-stream"}, {"x-request-id", "another"}, {"Via", "1.1 a"}});
    add("hostile-headers",
        "Headers that concern the hop, cookies, and one of 8 KiB.",
        "",
        {{"Set-Cookie", "session=upstream"},
         {"Keep-Alive", "timeout=1"},
         {"Alt-Svc", "h3=\":1\""},
         {"Content-Disposition", "attachment"},
         {"X-Long", std::string(8192, 'x')}});
}

void add_framing(std::vector<fault>& to) {
    const auto add = [&](const char* id,
                         const char* what,
                         std::function<void(conversation&, const std::string&)> act) {
        to.push_back(
            {id,
             what,
             effect::benign,
             effect::benign,
             [act = std::move(act)](conversation& talk) { act(talk, talk.good_body()); }}
        );
    };
    add("until-close",
        "The body ends with the connection.",
        [](conversation& talk, const auto& body) {
            talk.head(200, {{"Content-Type", type_of(talk)}});
            talk.send(body);
        });
    add("http-1-0", "The answer is HTTP/1.0.", [](conversation& talk, const auto& body) {
        talk.send("HTTP/1.0 200 OK\r\nContent-Type: " + type_of(talk) + "\r\n\r\n" + body);
    });
    add("with-length", "The body has a length.", [](conversation& talk, const auto& body) {
        talk.answer(200, body, {}, type_of(talk));
    });
    add("trailers", "Trailers follow the body.", [](conversation& talk, const auto& body) {
        talk.answer_head({{"Trailer", "X-Checksum"}});
        talk.chunk(body);
        talk.send("0\r\nX-Checksum: 1\r\nContent-Type: text/html\r\n\r\n");
    });
    add("lines-of-lf", "The head's lines end with LF.", [](conversation& talk, const auto& body) {
        talk.send("HTTP/1.1 200 OK\nContent-Type: " + type_of(talk) + "\nConnection: close\n\n");
        talk.send(body);
    });
}

/// A chunk with an extension.
std::string extended_chunk(std::string_view bytes, std::string_view extension) {
    std::array<char, 24> size{};
    std::snprintf(size.data(), size.size(), "%zX", bytes.size());
    return std::string(size.data()).append(extension).append("\r\n").append(bytes).append("\r\n");
}

void add_chunks(std::vector<fault>& to) {
    to.push_back(
        {"chunk-extensions",
         "Chunks bear extensions.",
         effect::benign,
         effect::benign,
         [](conversation& talk) {
             const auto body = talk.good_body();
             talk.answer_head();
             for (std::size_t at = 0; at < body.size(); at += 100)
                 talk.send(extended_chunk(body.substr(at, 100), ";name=value;x=\"y\""));
             talk.send("0;last\r\n\r\n");
         }}
    );
    const auto broken = [&](const char* id, const char* what, std::string wire) {
        to.push_back({id, what, effect::after, effect::before, [wire](conversation& talk) {
                          const auto body = talk.good_body();
                          talk.answer_head();
                          // A document's first half is no content yet.
                          talk.chunk(body.substr(0, body.size() / 2));
                          talk.settle();
                          talk.send(wire);
                      }});
    };
    broken("torn-chunk", "The last chunk is shorter than it says.", "1000\r\ndata: {\"choi");
    broken("bad-chunk-size", "A chunk's size is no number.", "zz\r\ndata: x\r\n0\r\n\r\n");
    broken(
        "huge-chunk-size", "A chunk's size is too large for any number.", "fffffffffffffffff\r\n"
    );
    to.push_back(
        {"bad-first-chunk",
         "The first chunk's size is no number.",
         effect::before,
         effect::before,
         [](conversation& talk) {
             talk.answer_head();
             talk.send("-5\r\n" + talk.good_body() + "\r\n0\r\n\r\n");
         }}
    );
}

void add_lengths(std::vector<fault>& to) {
    to.push_back(
        {"length-too-long",
         "Content-Length says more than there is.",
         effect::odd,
         effect::odd,
         [](conversation& talk) {
             const auto body = talk.good_body();
             const auto length = std::to_string(body.size() + 1000);
             talk.head(200, {{"Content-Type", type_of(talk)}, {"Content-Length", length}});
             talk.send(body);
         }}
    );
    to.push_back(
        {"length-too-short",
         "Content-Length says half of what there is.",
         effect::after,
         effect::before,
         [](conversation& talk) {
             const auto body = talk.good_body();
             const auto length = std::to_string(body.size() / 2);
             talk.head(200, {{"Content-Type", type_of(talk)}, {"Content-Length", length}});
             talk.send(body.substr(0, body.size() / 2));
             talk.settle();
             talk.send(body.substr(body.size() / 2));
         }}
    );
    to.push_back(
        {"two-lengths",
         "Two heads of Content-Length that differ.",
         effect::either,
         effect::either,
         [](conversation& talk) {
             const auto body = talk.good_body();
             talk.head(
                 200,
                 {{"Content-Type", type_of(talk)},
                  {"Content-Length", std::to_string(body.size())},
                  {"Content-Length", std::to_string(body.size() / 2)}}
             );
             talk.send(body);
         }}
    );
}

void add_types(std::vector<fault>& to) {
    const auto add = [&](const char* id, const char* what, const char* type) {
        to.push_back({id, what, effect::odd, effect::odd, [type](conversation& talk) {
                          talk.answer(200, talk.good_body(), {}, type);
                      }});
    };
    add("type-html", "The right answer is called a web page.", "text/html; charset=iso-8859-1");
    add("type-plain", "The right answer is called plain text.", "text/plain");
    add("type-none", "The right answer bears no type.", "");
    add("type-nonsense", "The right answer bears a type that is none.", ";;;/\\\"");
}

void add_encodings(std::vector<fault>& to) {
    const auto add =
        [&](const char* id, const char* what, effect seen, std::string (*make)(const std::string&)
        ) {
            to.push_back({id, what, seen, seen, [make](conversation& talk) {
                              talk.answer(
                                  200,
                                  make(talk.good_body()),
                                  {{"Content-Encoding", "gzip"}},
                                  type_of(talk)
                              );
                          }});
        };
    add("gzip", "The answer is compressed, though nobody asked for that.", effect::odd, gzip);
    add("gzip-cut", "It is compressed, and cut.", effect::before, [](const std::string& body) {
        const auto whole = gzip(body);
        return whole.substr(0, whole.size() / 2);
    });
    add("gzip-lie",
        "It is called compressed, and is not.",
        effect::odd,
        [](const std::string& body) { return body; });
    add("gzip-bomb", "64 MiB of spaces, compressed.", effect::before, [](const std::string&) {
        static const std::string bomb = gzip(std::string(64U << 20, ' '));
        return bomb;
    });
}

}  // namespace

void add_carriage(std::vector<fault>& to) {
    add_heads(to);
    add_framing(to);
    add_chunks(to);
    add_lengths(to);
    add_types(to);
    add_encodings(to);
}

}  // namespace sluice::faults
