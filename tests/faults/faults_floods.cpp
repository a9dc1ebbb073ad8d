#include "tests/faults/faults.hpp"

/// Too much, or without an end.
namespace sluice::faults {
namespace {

constexpr std::size_t mebibyte = 1U << 20;
constexpr std::size_t line_bytes = 16 * mebibyte;
constexpr int deep_levels = 20'000;
/// Fast enough to be a nuisance, slow enough that the cells beside it are not starved.
constexpr milliseconds between_pings{20};

void add_large(std::vector<fault>& to) {
    to.push_back(
        {"line-16-mib",
         "A line of 16 MiB ahead of the answer.",
         effect::odd,
         effect::odd,
         [](conversation& talk) {
             talk.answer_head();
             if (talk.asked().streamed) {
                 talk.chunk("data: {\"filler\":\"" + std::string(line_bytes, 'x') + "\"}\n\n");
                 talk.chunk(talk.good_body());
             } else {
                 talk.chunk(
                     "{\"filler\":\"" + std::string(line_bytes, 'x') + "\"," +
                     talk.good_body().substr(1)
                 );
             }
             talk.last_chunk();
         }}
    );
    const auto comments = [&](const char* id, const char* what, effect seen, std::size_t bytes) {
        to.push_back({id, what, seen, effect::benign, [bytes](conversation& talk) {
                          std::string filler;
                          while (talk.asked().streamed && filler.size() < bytes)
                              filler += ": " + std::string(1000, '.') + "\n\n";
                          talk.answer_head();
                          if (!filler.empty()) talk.chunk(filler);
                          talk.chunk(talk.good_body());
                          talk.last_chunk();
                      }});
    };
    comments("comments-half-mib", "512 KiB of comments first.", effect::benign, mebibyte / 2);
    comments("comments-4-mib", "4 MiB of comments first.", effect::odd, 4 * mebibyte);
    to.push_back(
        {"deep-json",
         "JSON of 20,000 levels ahead of the answer.",
         effect::odd,
         effect::odd,
         [](conversation& talk) {
             const auto deep =
                 "{\"filler\":" + std::string(deep_levels, '[') + std::string(deep_levels, ']');
             talk.answer_head();
             if (talk.asked().streamed) {
                 talk.chunk("data: " + deep + "}\n\n" + talk.good_body());
             } else {
                 talk.chunk(deep + "," + talk.good_body().substr(1));
             }
             talk.last_chunk();
         }}
    );
}

/// The other side has to go: nothing here ends by itself.
void add_endless_heads(std::vector<fault>& to) {
    to.push_back(
        {"endless-head",
         "A head without an end.",
         effect::before,
         effect::before,
         [](conversation& talk) {
             talk.send("HTTP/1.1 200 OK\r\n");
             talk.send_for_ever("X-Filler: " + std::string(1000, 'x') + "\r\n", milliseconds(0));
         }}
    );
    to.push_back(
        {"endless-interim",
         "Interim answers without an end.",
         effect::before,
         effect::silence,
         [](conversation& talk) {
             talk.send_for_ever("HTTP/1.1 100 Continue\r\n\r\n", between_pings);
         }}
    );
}

void add_endless_bodies(std::vector<fault>& to) {
    to.push_back(
        {"endless-line",
         "A line without an end.",
         effect::before,
         effect::silence,
         [](conversation& talk) {
             talk.answer_head({{"Connection", "close"}});
             const std::string part(64 * 1024, 'x');
             talk.chunk(talk.asked().streamed ? "data: {\"x\":\"" : "{\"x\":\"");
             // A stream's line is soon too long; a document is bounded by the clock as well.
             const milliseconds rest{talk.asked().streamed ? 0 : 20};
             for (;; talk.pause(rest))
                 talk.chunk(part);
         }}
    );
    const auto repeat = [&](const char* id,
                            const char* what,
                            effect streamed,
                            std::size_t tokens,
                            std::string (*make)(protocol)) {
        to.push_back({id, what, streamed, effect::silence, [tokens, make](conversation& talk) {
                          const auto said = talk.stream();
                          talk.answer_head();
                          if (talk.asked().streamed) talk.chunk(bytes_of(said.opening));
                          for (std::size_t i = 0; talk.asked().streamed && i < tokens; ++i)
                              talk.chunk(bytes_of(said.content.at(i)));
                          const auto bytes =
                              talk.asked().streamed ? make(talk.asked().kind) : " \n";
                          for (;; talk.pause(between_pings))
                              talk.chunk(bytes);
                      }});
    };
    repeat(
        "endless-comments",
        "Comments without an end, and no content.",
        effect::before,
        0,
        [](protocol) { return std::string(": ping\n\n"); }
    );
    repeat(
        "endless-pings",
        "Pings without an end, and no content.",
        effect::before,
        0,
        [](protocol kind) { return bytes_of(ping_frame(kind)); }
    );
    repeat(
        "endless-comments-late",
        "Comments without an end after content.",
        effect::after,
        8,
        [](protocol) { return std::string(": ping\n\n"); }
    );
    repeat(
        "endless-pings-late",
        "Pings without an end after content.",
        effect::after,
        8,
        [](protocol kind) { return bytes_of(ping_frame(kind)); }
    );
}

void add_endless_content(std::vector<fault>& to) {
    to.push_back(
        {"endless-content",
         "The answer over and over.",
         effect::endless,
         effect::silence,
         [](conversation& talk) {
             talk.answer_head();
             if (!talk.asked().streamed) talk.stall();
             const auto said = talk.stream();
             talk.chunk(bytes_of(said.opening));
             for (std::size_t i = 0;; ++i, talk.pause(milliseconds(5)))
                 talk.chunk(bytes_of(said.content[i % said.content.size()]));
         }}
    );
}

}  // namespace

void add_floods(std::vector<fault>& to) {
    add_large(to);
    add_endless_heads(to);
    add_endless_bodies(to);
    add_endless_content(to);
}

}  // namespace sluice::faults
