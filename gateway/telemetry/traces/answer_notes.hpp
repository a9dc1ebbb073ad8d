#pragma once

#include "upstream/source.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::gateway {

/// What an answer says of itself, for its spans. Bounded; the latest word wins.
class answer_notes {
 public:
    static constexpr std::size_t name_bytes_max = 256;
    static constexpr int choices_max = 16;

    void see(const upstream::batch& batch);

    const std::string& id() const { return id_; }
    const std::string& model() const { return model_; }
    /// Of each choice that has ended, in their order.
    const std::vector<std::string>& finish_reasons() const { return finish_reasons_; }

 private:
    void note(const upstream::identity& said);
    void note(const upstream::finish& said);

    std::string id_;
    std::string model_;
    std::vector<std::string> finish_reasons_;
};

}  // namespace sluice::gateway
