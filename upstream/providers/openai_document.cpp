#include "upstream/providers/openai_document.hpp"

#include "upstream/json_members.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_chunk.hpp"
#include "upstream/providers/text.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

// What is looked into is small; a member above this is content and left alone.
constexpr std::size_t member_bytes_max = 64 * 1024;

/// Of a large member only that it is there: true.
json parse_small(std::string_view text) {
    if (text.size() > member_bytes_max) return json(true);
    return parse_json(text);
}

/// Each choice's index and finish_reason, as if they had come in a chunk.
json outline_of_choices(std::string_view choices) {
    auto outline = json::array();
    json_walker each(choices);
    while (each.next() && outline.size() < openai_chunk_reader::choices_max) {
        auto choice = json::object();
        json_walker member(each.value());
        while (member.next()) {
            for (const char* key : {"index", "finish_reason"}) {
                if (member.key_is(key)) choice[key] = parse_small(member.value());
            }
        }
        outline.push_back(std::move(choice));
    }
    return outline;
}

/// The document without its contents.
json outline_of(std::string_view document) {
    auto outline = json::object();
    json_walker member(document);
    while (member.next()) {
        for (const char* key :
             {"id",
              "model",
              "created",
              "object",
              "usage",
              "x_groq",
              "error",
              "message",
              "type",
              "code"}) {
            if (member.key_is(key)) outline[key] = parse_small(member.value());
        }
        if (member.key_is("choices")) outline["choices"] = outline_of_choices(member.value());
    }
    return outline;
}

/// The parser takes NUL for the end of its input, which would let anything follow.
bool is_json(std::string_view text) {
    if (text.find('\0') != std::string_view::npos) return false;
    return json::accept(text) || json::accept(repair_json(text));
}

}  // namespace

void openai_document::feed(std::string_view bytes, batch& out) {
    if (ended_) return;
    if (text_.size() + bytes.size() > document_bytes_max) {
        std::string().swap(text_);
        return fail(
            errors_.broken(outcome::upstream_error, "sent too large a document", false), out
        );
    }
    text_ += bytes;
}

void openai_document::end(batch& out) {
    if (ended_) return;
    const auto text = trim(text_);
    if (text.empty()) {
        return fail(errors_.broken(outcome::upstream_eof, "sent an empty answer", true), out);
    }
    if (text.front() != '{' || !is_json(text)) {
        constexpr std::string_view message = "answered with something that is not a JSON object";
        return fail(errors_.broken(outcome::upstream_error, message, true), out);
    }
    read_items(out);
}

void openai_document::read_items(batch& out) {
    const auto outline = outline_of(text_);
    if (is_truthy(find(outline, "error")) || find_text(outline, "object") == "error") {
        return fail(errors_.reported(outline), out);
    }
    openai_chunk_reader reader(openai_chunk_reader::purpose::metering);
    const auto seen = reader.read(outline, texts_, out);
    if (!seen.broken.empty()) {
        return fail(errors_.broken(outcome::upstream_error, seen.broken, true), out);
    }
    out.items.emplace_back(verbatim{text_, true});
    ended_ = true;
    out.ending = ending{outcome::completed, {}};
}

void openai_document::fail(failure why, batch& out) {
    ended_ = true;
    const auto how = why.outcome;
    out.ending = ending{how, std::move(why)};
}

}  // namespace sluice::upstream
