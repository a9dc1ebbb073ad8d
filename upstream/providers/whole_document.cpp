#include "upstream/providers/whole_document.hpp"

#include "upstream/providers/text.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace sluice::upstream {

namespace {

/// The parser takes NUL for the end of its input, which would let anything follow.
bool is_json(std::string_view text) {
    using nlohmann::json;
    if (text.find('\0') != std::string_view::npos) return false;
    return json::accept(text) || json::accept(repair_json(text));
}

}  // namespace

void whole_document::feed(std::string_view bytes, batch& out) {
    if (ended_) return;
    if (text_.size() + bytes.size() > document_bytes_max) {
        std::string().swap(text_);
        return fail(
            errors_.broken(outcome::upstream_error, "sent too large a document", false), out
        );
    }
    text_ += bytes;
}

void whole_document::end(batch& out) {
    if (ended_) return;
    const auto text = trim(text_);
    if (text.empty()) {
        return fail(errors_.broken(outcome::upstream_eof, "sent an empty answer", true), out);
    }
    if (text.front() != '{' || !is_json(text)) {
        constexpr std::string_view message = "answered with something that is not a JSON object";
        return fail(errors_.broken(outcome::upstream_error, message, true), out);
    }
    read(text_, out);
    if (ended_) return;
    out.items.emplace_back(verbatim{text_, true});
    ended_ = true;
    out.ending = ending{outcome::completed, {}};
}

void whole_document::fail(failure why, batch& out) {
    ended_ = true;
    const auto how = why.outcome;
    out.ending = ending{how, std::move(why)};
}

}  // namespace sluice::upstream
