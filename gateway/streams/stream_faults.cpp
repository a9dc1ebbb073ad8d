#include "gateway/streams/stream.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

/// What a stream does to its own answer where the mock asks for it.
namespace sluice::gateway {

namespace {

int choice_of(const upstream::item& item) {
    return std::visit(
        [](const auto& part) {
            if constexpr (requires { part.choice; }) return part.choice;
            return 0;
        },
        item
    );
}

}  // namespace

/// Known for certain once the first items have come. A stream that is committed before suffers from
/// then on what its first attempt asks for.
void stream::hear_fault() {
    if (builder_ || !source_) return;
    const auto& fault = source_->head().wire_fault;
    if (!fault && !out_.suffers()) return;
    out_.suffer(fault);
    if (fault.what != upstream::wire_fault::kind::trickle) return;
    for (auto* reader : readers_)
        reader->on_trickle(fault.at);
}

void stream::encode_suffering() {
    auto& items = batch_.items;
    for (std::size_t i = 0; i < items.size(); ++i) {
        last_choice_ = std::max(last_choice_, choice_of(items[i]));
        encoder_->encode(items[i], out_);
        out_.flush(&items[i]);
        if (!out_.over()) continue;
        end_early(items[i]);
        items.erase(items.begin() + static_cast<std::ptrdiff_t>(i) + 1, items.end());
        batch_.ending = upstream::ending{upstream::outcome::completed, std::nullopt};
    }
    tell_cut();
}

/// As if the model had said no more than this.
void stream::end_early(const upstream::item& last) {
    const bool call = std::holds_alternative<upstream::tool_call_delta>(last);
    const auto reason = call ? upstream::finish_reason::tool_calls : upstream::finish_reason::stop;
    for (int choice = 0; choice <= last_choice_; ++choice)
        encoder_->encode(upstream::finish{choice, reason}, out_);
    out_.flush();
}

void stream::tell_cut() {
    const auto cut = out_.cut();
    if (!cut || std::exchange(cut_told_, true)) return;
    for (auto* reader : readers_)
        reader->on_cut(*cut);
}

}  // namespace sluice::gateway
