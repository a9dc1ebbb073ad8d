#include "tests/faults/faults.hpp"

#include <algorithm>

/// Event streams that are correct and written as few providers write them. A document is as ever.
namespace sluice::faults {
namespace {

struct adder {
    std::vector<fault>& to;

    void operator()(const char* id, const char* what, std::function<void(conversation&)> act) {
        to.push_back({id, what, effect::benign, effect::benign, std::move(act)});
    }
    void body(
        const char* id, const char* what, std::function<std::string(const conversation&)> make
    ) {
        (*this)(id, what, [make = std::move(make)](conversation& talk) {
            talk.answer_head();
            talk.chunk(make(talk));
            talk.last_chunk();
        });
    }
    void style(const char* id, const char* what, const frame_style& style) {
        body(id, what, [style](const conversation& talk) { return talk.good_body(style); });
    }
};

/// Each line of the stream ends in another way than the one before.
std::string with_mixed_ends(const std::string& body) {
    static constexpr std::string_view ends[] = {"\n", "\r\n", "\r"};
    std::string out;
    std::size_t line = 0;
    for (const char c : body) {
        if (c != '\n') {
            out += c;
            continue;
        }
        // CR and then LF would be one end of a line.
        auto end = ends[line++ % 3];
        if (out.ends_with('\r') && end == "\n") end = "\r\n";
        out += end;
    }
    return out;
}

void add_line_ends(adder add) {
    add.style("cr", "Lines end with CR.", {.line_end = "\r"});
    add.style("crlf", "Lines end with CRLF.", {.line_end = "\r\n"});
    add.body("mixed-ends", "Lines end with LF, CRLF and CR in turn.", [](const conversation& talk) {
        return talk.asked().streamed ? with_mixed_ends(talk.good_body()) : talk.good_body();
    });
    add("crlf-in-pieces", "CRLF, cut between CR and LF.", [](conversation& talk) {
        const auto body = talk.good_body({.line_end = "\r\n"});
        talk.answer_head();
        for (std::size_t at = 0; at < body.size();) {
            const auto end = std::min(body.find('\r', at), body.size() - 1) + 1;
            talk.chunk(body.substr(at, end - at));
            at = end;
        }
        talk.last_chunk();
    });
    add.body("bom", "A byte order mark stands in front.", [](const conversation& talk) {
        return (talk.asked().streamed ? "\xEF\xBB\xBF" : "") + talk.good_body();
    });
}

void add_fields(adder add) {
    add.style("comments", "Comments before each frame.", {.extra = ": ping\n:\n"});
    add.style("comment-blocks", "Blocks of comments alone.", {.extra = ": ping\n\n:\n\n\n"});
    add.style("two-data-lines", "JSON in two data lines.", {.two_data_lines = true});
    add.style("no-space", "No space after the colon.", {.colon = ":"});
    add.style(
        "more-fields",
        "Fields for id and retry, and one that nobody knows.",
        {.extra = "id: 7\nretry: 3000\nfoo: bar\nempty\n"}
    );
    add.style("ascii", "JSON with every character escaped.", {.ascii = true});
    add.style("no-data", "Events without data between the others.", {.extra = "event: note\n\n"});
    add.body("unknown-events", "Events of a type that nobody knows.", [](const conversation& talk) {
        const bool named = talk.asked().kind == protocol::anthropic;
        if (!talk.asked().streamed || !named) return talk.good_body();
        return talk.good_body(
            {.extra = "event: weather\ndata: {\"type\":\"weather\",\"sunny\":true}\n\n"}
        );
    });
    add.body("pings", "Frames that say nothing between the others.", [](const conversation& talk) {
        if (!talk.asked().streamed) return talk.good_body();
        const auto said = talk.stream();
        auto out = bytes_of(said.opening);
        for (const auto& token : said.content)
            out += bytes_of(ping_frame(talk.asked().kind)) + bytes_of(token);
        return out + bytes_of(said.closing) + bytes_of(said.terminal);
    });
}

void add_cuts(adder add) {
    add("byte-by-byte", "One byte at a time.", [](conversation& talk) {
        const auto body = talk.good_body();
        talk.head(
            200,
            {{"Content-Type", talk.asked().streamed ? "text/event-stream" : "application/json"},
             {"Content-Length", std::to_string(body.size())}}
        );
        talk.send_in_pieces(body, 1);
    });
    add("chunk-by-byte",
        "One byte in each chunk, three of them in each segment.",
        [](conversation& talk) {
            std::string wire;
            for (const char c : talk.good_body())
                wire.append("1\r\n").append(1, c).append("\r\n");
            talk.answer_head();
            talk.send_in_pieces(wire, 18);
            talk.last_chunk();
        });
    add.body("all-at-once", "The whole answer in one chunk.", [](const conversation& talk) {
        return talk.good_body();
    });
    add.body(
        "last-blank-line-lacks",
        "The last event lacks its blank line.",
        [](const conversation& talk) {
            auto body = talk.good_body();
            if (talk.asked().streamed) body.pop_back();
            return body;
        }
    );
    add.body(
        "after-the-end",
        "More comments follow the terminal event.",
        [](const conversation& talk) {
            return talk.good_body() + (talk.asked().streamed ? ": bye\n\n: bye\n\n" : "\n \n");
        }
    );
    add.body("no-usage", "Usage is not told.", [](const conversation& talk) {
        auto wishes = talk.asked().wishes;
        wishes.usage = false;
        const auto kind = talk.asked().kind;
        if (!talk.asked().streamed) {
            auto document = make_document(kind, wishes);
            document.erase("usage");
            return document.dump();
        }
        const auto said = make_stream(kind, wishes);
        return bytes_of(said.opening) + bytes_of(said.content) + bytes_of(said.closing) +
               bytes_of(said.terminal);
    });
}

}  // namespace

void add_spellings(std::vector<fault>& to) {
    add_line_ends({to});
    add_fields({to});
    add_cuts({to});
}

}  // namespace sluice::faults
