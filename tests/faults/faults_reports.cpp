#include "tests/faults/faults.hpp"

#include <algorithm>

/// Errors that are told under status 200, and terminals where they do not belong.
namespace sluice::faults {
namespace {

constexpr std::size_t delivered_tokens = 8;

std::string tokens(const streamed_answer& said, std::size_t begin, std::size_t end) {
    std::string out;
    for (std::size_t i = begin; i < std::min(end, said.content.size()); ++i)
        out += bytes_of(said.content[i]);
    return out;
}

/// Streams the opening, so many tokens, and then `last`; ends in good order. A document is the good
/// one.
void stream_then(conversation& talk, std::size_t count, const std::string& last) {
    const auto said = talk.stream();
    talk.answer_head();
    talk.chunk(bytes_of(said.opening));
    if (count > 0) talk.chunk(tokens(said, 0, count));
    talk.settle();
    talk.chunk(last);
    talk.last_chunk();
}

std::string key_words(const question& asked) {
    for (const auto* name : {"Authorization", "x-api-key"}) {
        if (const auto value = end_to_end::find_header(asked.headers, name))
            return "the key was " + *value;
    }
    return "there was no key";
}

struct adder {
    std::vector<fault>& to;

    /// One document: `document` of it.
    void operator()(
        std::string id,
        const char* what,
        effect streamed,
        std::function<void(conversation&)> act,
        effect document = effect::benign
    ) {
        to.push_back(
            {std::move(id),
             what,
             streamed,
             document,
             [act = std::move(act), document](conversation& talk) {
                 const bool good = !talk.asked().streamed && document == effect::benign;
                 good ? talk.answer_well() : act(talk);
             }}
        );
    }
};

void add_error_events(adder add) {
    add("error-event-first",
        "An error event after the frames ahead of content.",
        effect::before,
        [](conversation& talk) {
            stream_then(
                talk, 0, bytes_of(error_frame(talk.asked().kind, "overloaded_error", "too much"))
            );
        });
    add("error-event-late", "An error event after content.", effect::after, [](conversation& talk) {
        const auto frame = error_frame(talk.asked().kind, "api_error", "it broke");
        stream_then(talk, delivered_tokens, bytes_of(frame));
    });
    add("error-event-then-done",
        "An error event after content, and a terminal behind it.",
        effect::after,
        [](conversation& talk) {
            const auto frame = error_frame(talk.asked().kind, "api_error", "it broke");
            stream_then(talk, delivered_tokens, bytes_of(frame) + bytes_of(talk.stream().terminal));
        });
    add("error-event-key",
        "An error event after content that quotes the key.",
        effect::after,
        [](conversation& talk) {
            const auto frame = error_frame(talk.asked().kind, "api_error", key_words(talk.asked()));
            stream_then(talk, delivered_tokens, bytes_of(frame));
        });
    add("error-event-request",
        "An error event before content: the request is at fault.",
        effect::refused,
        [](conversation& talk) {
            const auto frame = error_frame(talk.asked().kind, "invalid_request_error", "too long");
            stream_then(talk, 0, bytes_of(frame));
        });
}

void add_error_documents(adder add) {
    add(
        "error-document",
        "200 with an error in one document.",
        effect::before,
        [](conversation& talk) {
            talk.answer(200, make_error(talk.asked().kind, "api_error", "it broke").dump());
        },
        effect::before
    );
    add(
        "other-form",
        "One document where a stream was asked for, or the reverse.",
        effect::odd,
        [](conversation& talk) {
            const auto kind = talk.asked().kind;
            const auto wishes = talk.asked().wishes;
            if (talk.asked().streamed) return talk.answer(200, make_document(kind, wishes).dump());
            const auto said = talk.stream();
            talk.answer(
                200,
                bytes_of(said.opening) + bytes_of(said.content) + bytes_of(said.closing) +
                    bytes_of(said.terminal),
                {},
                "text/event-stream"
            );
        },
        effect::odd
    );
}

void add_terminals(adder add) {
    add("terminal-first",
        "The terminal comes before any content.",
        effect::before,
        [](conversation& talk) { stream_then(talk, 0, bytes_of(talk.stream().terminal)); });
    add("terminal-alone", "The terminal comes alone.", effect::before, [](conversation& talk) {
        talk.answer_head();
        talk.chunk(bytes_of(talk.stream().terminal));
        talk.last_chunk();
    });
    add("terminal-early",
        "The terminal comes in the middle, without a finish.",
        effect::after,
        [](conversation& talk) {
            stream_then(talk, delivered_tokens, bytes_of(talk.stream().terminal));
        });
    add("terminal-twice", "The terminal comes twice.", effect::benign, [](conversation& talk) {
        const auto said = talk.stream();
        const auto last =
            bytes_of(said.closing) + bytes_of(said.terminal) + bytes_of(said.terminal);
        stream_then(talk, said.content.size(), last);
    });
    add("finish-twice", "The finish comes twice.", effect::either, [](conversation& talk) {
        const auto said = talk.stream();
        const auto last = bytes_of(said.closing) + bytes_of(said.closing) + bytes_of(said.terminal);
        stream_then(talk, said.content.size(), last);
    });
    add("finish-early",
        "The finish comes before the last words.",
        effect::either,
        [](conversation& talk) {
            const auto said = talk.stream();
            const auto last = bytes_of(said.closing) +
                              tokens(said, delivered_tokens, said.content.size()) +
                              bytes_of(said.terminal);
            stream_then(talk, delivered_tokens, last);
        });
    add("more-after-terminal",
        "Words follow the terminal.",
        effect::benign,
        [](conversation& talk) {
            const auto said = talk.stream();
            stream_then(
                talk,
                said.content.size(),
                bytes_of(said.closing) + bytes_of(said.terminal) + tokens(said, 0, 3)
            );
        });
    add("no-finish",
        "The terminal comes without a finish.",
        effect::either,
        [](conversation& talk) {
            const auto said = talk.stream();
            stream_then(talk, said.content.size(), bytes_of(said.terminal));
        });
    add.to.back().finish_may_lack = true;
}

}  // namespace

void add_reports(std::vector<fault>& to) {
    add_error_events({to});
    add_error_documents({to});
    add_terminals({to});
}

}  // namespace sluice::faults
