#include "upstream/routing/held_items.hpp"

#include "upstream/overloaded.hpp"

#include <algorithm>

namespace sluice::upstream {

namespace {

/// Copies what an item points to into `keep`, so that it outlives its source's next take.
item own(item value, std::list<std::string>& keep, std::size_t& bytes) {
    const auto copy = [&](std::string_view& view) {
        if (view.empty()) return;
        bytes += view.size();
        view = keep.emplace_back(view);
    };
    const auto copy_all = [&](auto&... views) { (copy(views), ...); };
    std::visit(
        overloaded{
            [&](tool_call_delta& part) { copy_all(part.id, part.name, part.arguments); },
            [&](media_delta& part) { copy_all(part.type, part.data, part.transcript); },
            [&](reasoning_state_delta& part) { copy_all(part.data, part.id); },
            [&](citation_delta& part) { copy_all(part.url, part.title, part.cited_text); },
            [&](logprobs_delta& part) { copy(part.content); },
            [&](embedding_delta& part) { copy(part.numbers); },
            [&](finish& part) { copy_all(part.native, part.stop_sequence); },
            [&](identity& part) { copy_all(part.id, part.model); },
            [&](verbatim& part) { copy(part.bytes); },
            [](usage&) {},
            [&](auto& part) { copy(part.text); },
        },
        value
    );
    return value;
}

}  // namespace

bool is_content(const item& item) {
    return std::visit(
        overloaded{
            [](const tool_call_delta&) { return true; },
            [](const media_delta&) { return true; },
            [](const embedding_delta&) { return true; },
            [](const reasoning_state_delta&) { return false; },
            [](const citation_delta&) { return false; },
            [](const logprobs_delta&) { return false; },
            [](const finish&) { return true; },
            [](const usage&) { return false; },
            [](const identity&) { return false; },
            [](const verbatim& part) { return part.content; },
            [](const auto& part) { return !part.text.empty(); },
        },
        item
    );
}

bool has_content(const batch& batch) {
    return std::any_of(batch.items.begin(), batch.items.end(), is_content);
}

void held_items::hold(const batch& from) {
    for (const auto& item : from.items)
        items_.push_back(own(item, texts_, bytes_));
}

void held_items::release(batch& out) {
    out.items.insert(out.items.begin(), items_.begin(), items_.end());
    items_.clear();
    items_.shrink_to_fit();
}

void held_items::clear() {
    items_.clear();
    texts_.clear();
    bytes_ = 0;
}

std::optional<std::int64_t> held_items::input_tokens() const {
    std::optional<std::int64_t> told;
    for (const auto& item : items_) {
        if (const auto* report = std::get_if<usage>(&item)) told = report->input_tokens;
    }
    return told;
}

}  // namespace sluice::upstream
