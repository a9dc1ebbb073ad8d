#include "gateway/telemetry/traces/answer_notes.hpp"

#include <algorithm>
#include <variant>

namespace sluice::gateway {

void answer_notes::see(const upstream::batch& batch) {
    for (const auto& item : batch.items) {
        if (const auto* said = std::get_if<upstream::identity>(&item))
            note(*said);
        else if (const auto* finish = std::get_if<upstream::finish>(&item))
            note(*finish);
    }
}

void answer_notes::note(const upstream::identity& said) {
    if (!said.id.empty()) id_ = said.id.substr(0, name_bytes_max);
    if (!said.model.empty()) model_ = said.model.substr(0, name_bytes_max);
}

void answer_notes::note(const upstream::finish& said) {
    if (said.choice < 0 || said.choice >= choices_max) return;
    const auto place = static_cast<std::size_t>(said.choice);
    finish_reasons_.resize(std::max(finish_reasons_.size(), place + 1));
    finish_reasons_[place] = upstream::to_string(said.reason);
}

}  // namespace sluice::gateway
