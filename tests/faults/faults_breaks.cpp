#include "tests/faults/faults.hpp"

#include <algorithm>
#include <array>

/// Answers that break off: each place crossed with each way.
namespace sluice::faults {
namespace {

/// In the order of how much was said.
enum class place {
    request,
    mid_head,
    head,
    role,
    first_frame,
    content,
    mid_frame,
    mid_character,
    between_frames,
    last_content,
    finish,
};

struct named_place {
    place where;
    std::string_view id;
    std::string_view what;
    effect streamed;
    int document_percent;  ///< how much of a document comes before the same break
};

constexpr std::array places{
    named_place{place::request, "request", "after the request", effect::before, 0},
    named_place{place::mid_head, "mid-head", "within the head", effect::before, 0},
    named_place{place::head, "head", "after the head", effect::before, 0},
    named_place{place::role, "role", "after the frames ahead of content", effect::before, 1},
    named_place{
        place::first_frame, "first-frame", "within the first content's frame", effect::before, 10},
    named_place{place::content, "content", "after content", effect::after, 50},
    named_place{place::mid_frame, "mid-frame", "within a later frame", effect::after, 60},
    named_place{
        place::mid_character, "mid-character", "within a character's bytes", effect::after, -1},
    named_place{
        place::between_frames,
        "between-frames",
        "before the blank line of a frame",
        effect::after,
        80},
    named_place{place::last_content, "last-content", "after the last content", effect::after, 95},
    named_place{place::finish, "finish", "between finish and terminal", effect::either, 99},
};

/// How many tokens are delivered before a break after content.
constexpr std::size_t delivered_tokens = 8;
/// The token with a character of four bytes; what is before it is delivered.
constexpr std::size_t ship_token = 12;
constexpr std::string_view ship = "\U0001F6A2";

std::string tokens(const streamed_answer& said, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < std::min(count, said.content.size()); ++i)
        out += bytes_of(said.content[i]);
    return out;
}

/// The next frame of content, as far as the place lets it come.
std::string torn_frame(const streamed_answer& said, place where) {
    if (where == place::mid_character && said.content.size() > ship_token) {
        const auto frame = bytes_of(said.content[ship_token]);
        return frame.substr(0, frame.find(ship) + 2);
    }
    const auto at = where == place::first_frame ? 0 : delivered_tokens;
    const auto& next = at < said.content.size() ? said.content[at] : said.terminal;
    const auto frame = bytes_of(next);
    return frame.substr(0, where == place::between_frames ? frame.size() - 1 : frame.size() / 2);
}

void say_stream_up_to(conversation& talk, place where) {
    const auto said = talk.stream();
    talk.answer_head();
    if (where == place::head) return;
    talk.chunk(bytes_of(said.opening));
    if (where == place::role) return;
    if (where == place::first_frame) return talk.chunk(torn_frame(said, where));
    if (where == place::last_content || where == place::finish) {
        talk.chunk(tokens(said, said.content.size()));
        if (where == place::finish) talk.chunk(bytes_of(said.closing));
        return;
    }
    talk.chunk(tokens(said, where == place::mid_character ? ship_token : delivered_tokens));
    talk.settle();
    if (where != place::content) talk.chunk(torn_frame(said, where));
}

void say_document_up_to(conversation& talk, const named_place& where, bool orderly) {
    const auto body = talk.good_body();
    const auto length = std::to_string(body.size());
    if (orderly) {
        talk.answer_head();
    } else {
        talk.head(200, {{"Content-Type", "application/json"}, {"Content-Length", length}});
    }
    const auto percent = static_cast<std::size_t>(std::max(where.document_percent, 0));
    auto count = body.size() * percent / 100;
    if (where.where == place::mid_character) count = body.find(ship) + 2;
    const auto part = body.substr(0, count);
    if (part.empty()) return;
    orderly ? talk.chunk(part) : talk.send(part);
}

void say_up_to(conversation& talk, const named_place& where, bool orderly) {
    if (where.where == place::request) return;
    if (where.where == place::mid_head) return talk.send("HTTP/1.1 200 OK\r\nContent-Ty");
    if (talk.asked().streamed) return say_stream_up_to(talk, where.where);
    say_document_up_to(talk, where, orderly);
}

struct named_way {
    std::string_view id;
    std::string_view what;
    bool orderly;  ///< the body ends as HTTP has it
    void (*act)(conversation&);
};

constexpr std::array ways{
    named_way{"reset", "reset", false, [](conversation& talk) { talk.reset(); }},
    named_way{
        "end",
        "closed",
        false,
        [](conversation& talk) {
            talk.settle();
            talk.end();
        }},
    named_way{"stall", "silent", false, [](conversation& talk) { talk.stall(); }},
    named_way{
        "eof",
        "ended in good order",
        true,
        [](conversation& talk) {
            talk.settle();
            talk.last_chunk();
        }},
};

}  // namespace

void add_breaks(std::vector<fault>& to) {
    for (const auto& where : places) {
        for (const auto& how : ways) {
            if (how.orderly && where.where < place::head) continue;
            const bool stalls = how.id == "stall";
            to.push_back(
                {std::string(how.id) + "-at-" + std::string(where.id),
                 "The answer is " + std::string(how.what) + " " + std::string(where.what) + ".",
                 where.streamed,
                 stalls ? effect::silence : effect::before,
                 [&where, &how](conversation& talk) {
                     say_up_to(talk, where, how.orderly);
                     how.act(talk);
                 }}
            );
        }
    }
}

}  // namespace sluice::faults
