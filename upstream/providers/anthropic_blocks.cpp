#include "upstream/providers/anthropic_blocks.hpp"

#include "upstream/providers/json_read.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::size_t open_max = 64;         // by the API it is one at a time
constexpr int calls_max = 4096;              // far above what a model does in one answer
constexpr std::size_t citations_max = 1024;  // of one block
constexpr std::size_t citation_bytes_max = 4U
                                           << 20;  // of all; they are held until their block ends
constexpr std::size_t signature_bytes_max = 1U << 20;  // they have some kilobytes
constexpr std::size_t name_bytes_max = 128;

std::int64_t characters_in(std::string_view text) {
    return std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    });
}

std::int64_t index_of(const json& event) {
    const auto* index = find(event, "index");
    return index != nullptr && index->is_number_integer() ? index->get<std::int64_t>() : 0;
}

}  // namespace

anthropic_blocks::kind anthropic_blocks::kind_of(std::string_view type) {
    if (type == "text") return kind::text;
    if (type == "thinking") return kind::thinking;
    if (type == "tool_use") return kind::tool_use;
    return kind::other;
}

anthropic_blocks::block* anthropic_blocks::find_open(std::int64_t index) {
    const auto found = std::ranges::find(open_, index, &block::index);
    return found == open_.end() ? nullptr : &*found;
}

void anthropic_blocks::name(std::string_view message_id) {
    name_ = message_id.substr(0, name_bytes_max);
}

anthropic_blocks::broken anthropic_blocks::start(
    const json& event, batch_texts& texts, batch& out
) {
    const auto* value = find(event, "content_block");
    if (value == nullptr) return {};
    return begin(index_of(event), *value, texts, out);
}

anthropic_blocks::broken anthropic_blocks::whole(
    const json& content, batch_texts& texts, batch& out
) {
    for (const auto& value : content) {
        if (const auto why = begin(0, value, texts, out); !why.empty()) return why;
        if (auto* made = find_open(0)) end(*made, false, texts, out);
        open_.clear();
    }
    return {};
}

anthropic_blocks::broken anthropic_blocks::begin(
    std::int64_t index, const json& value, batch_texts& texts, batch& out
) {
    if (auto* before = find_open(index)) {
        end(*before, false, texts, out);
        open_.erase(open_.begin() + (before - open_.data()));
    }
    if (open_.size() == open_max) return "began more content blocks at once than there can be";
    auto& made = open_.emplace_back();
    made.index = index;
    made.what = kind_of(find_text(value, "type"));
    made.begin = characters_;
    switch (made.what) {
        case kind::text:
            tell_text(find_text(value, "text"), texts, out);
            if (const auto* list = find(value, "citations"); list != nullptr && list->is_array()) {
                for (const auto& each : *list)
                    cite(made, each);
            }
            break;
        case kind::thinking:
            made.signature = find_text(value, "signature").substr(0, signature_bytes_max);
            tell_thoughts(find_text(value, "thinking"), texts, out);
            break;
        case kind::tool_use:
            if (calls_ == calls_max) return "sent more tool calls than there can be";
            begin_call(made, value, texts, out);
            break;
        case kind::other:
            if (find_text(value, "type") == "redacted_thinking") {
                tell_state(reasoning_state::form::redacted, find_text(value, "data"), texts, out);
            }
            break;
    }
    return {};
}

void anthropic_blocks::begin_call(block& made, const json& value, batch_texts& texts, batch& out) {
    made.call = calls_++;
    told_ = true;
    const auto* input = find(value, "input");
    if (input != nullptr && input->is_object()) {
        made.input = input->dump(-1, ' ', false, json::error_handler_t::replace);
    }
    auto id = std::string(find_text(value, "id"));
    if (id.empty()) id = "call_" + name_ + "_" + std::to_string(made.call);
    out.items.emplace_back(tool_call_delta{
        0, made.call, texts.keep(id), texts.keep(find_text(value, "name")), {}});
}

anthropic_blocks::broken anthropic_blocks::delta(
    const json& event, batch_texts& texts, batch& out
) {
    const auto* delta = find(event, "delta");
    if (delta == nullptr) return {};
    auto* to = find_open(index_of(event));
    if (to != nullptr && to->what == kind::other) return {};
    const auto type = find_text(*delta, "type");
    if (type == "text_delta") {
        words(index_of(event), type, find_text(*delta, "text"), texts, out);
    } else if (type == "thinking_delta") {
        words(index_of(event), type, find_text(*delta, "thinking"), texts, out);
    } else if (type == "input_json_delta") {
        words(index_of(event), type, find_text(*delta, "partial_json"), texts, out);
    } else if (to == nullptr) {
        return {};
    } else if (type == "signature_delta" && to->what == kind::thinking) {
        to->signature = find_text(*delta, "signature").substr(0, signature_bytes_max);
    } else if (type == "citations_delta" && to->what == kind::text) {
        if (const auto* citation = find(*delta, "citation")) cite(*to, *citation);
    }
    return {};
}

void anthropic_blocks::words(
    std::int64_t index,
    std::string_view type,
    std::string_view words,
    batch_texts& texts,
    batch& out
) {
    auto* to = find_open(index);
    if (words.empty() || (to != nullptr && to->what == kind::other)) return;
    if (type == "text_delta") return tell_text(words, texts, out);
    if (type == "thinking_delta") return tell_thoughts(words, texts, out);
    if (to == nullptr || to->what != kind::tool_use) return;
    to->has_arguments = true;
    out.items.emplace_back(tool_call_delta{0, to->call, {}, {}, texts.keep(words)});
}

void anthropic_blocks::stop(const json& event, batch_texts& texts, batch& out) {
    auto* ended = find_open(index_of(event));
    if (ended == nullptr) return;
    end(*ended, false, texts, out);
    open_.erase(open_.begin() + (ended - open_.data()));
}

void anthropic_blocks::finish(bool cut, batch_texts& texts, batch& out) {
    for (auto& each : open_)
        end(each, cut, texts, out);
    open_.clear();
}

/// What is known at a block's end only: the whole signature, which text the citations are about,
/// and that a call which said nothing takes no arguments.
void anthropic_blocks::end(block& ended, bool cut, batch_texts& texts, batch& out) {
    if (ended.what == kind::thinking && !ended.signature.empty()) {
        tell_state(reasoning_state::form::signature, ended.signature, texts, out);
    }
    for (const auto& each : ended.citations) {
        out.items.emplace_back(citation_delta{
            0,
            texts.keep(each.url),
            texts.keep(each.title),
            texts.keep(each.cited_text),
            ended.begin,
            characters_});
    }
    if (ended.what == kind::tool_use && !ended.has_arguments && !cut) {
        const auto& input = ended.input.empty() ? std::string("{}") : ended.input;
        out.items.emplace_back(tool_call_delta{0, ended.call, {}, {}, texts.keep(input)});
    }
}

void anthropic_blocks::tell_text(std::string_view text, batch_texts& texts, batch& out) {
    if (text.empty()) return;
    told_ = true;
    characters_ += characters_in(text);
    out.items.emplace_back(text_delta{0, texts.keep(text)});
}

void anthropic_blocks::tell_thoughts(std::string_view text, batch_texts& texts, batch& out) {
    if (text.empty()) return;
    told_ = true;
    out.items.emplace_back(reasoning_delta{0, texts.keep(text)});
}

void anthropic_blocks::tell_state(
    reasoning_state::form how, std::string_view data, batch_texts& texts, batch& out
) {
    if (data.empty()) return;
    told_ = true;
    out.items.emplace_back(reasoning_state_delta{
        0, reasoning_state::origin::anthropic, how, texts.keep(data), {}});
}

void anthropic_blocks::cite(block& cited, const json& citation) {
    if (!citation.is_object() || cited.citations.size() == citations_max) return;
    const auto either = [&](const char* one, const char* other) {
        const auto text = find_text(citation, one);
        return std::string(text.empty() ? find_text(citation, other) : text);
    };
    anthropic_blocks::citation made{
        either("url", "source"),
        either("title", "document_title"),
        std::string(find_text(citation, "cited_text"))};
    const auto bytes = made.url.size() + made.title.size() + made.cited_text.size();
    if (bytes > citation_bytes_max - cited_bytes_) return;
    cited_bytes_ += bytes;
    cited.citations.push_back(std::move(made));
}

}  // namespace sluice::upstream
