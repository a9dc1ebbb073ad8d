#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/codec.hpp"
#include "upstream/source.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// Reads an answer that is relayed in the provider's own bytes for what it says: by the parser of
/// its protocol, which would translate it for a client of another. Bounded as that is.
class relayed_answer {
 public:
    /// `spoken`: the client's own API; `streamed`: the answer is no single document.
    relayed_answer(upstream::api spoken, bool streamed);

    /// The items in whole frames, or in the document; good until the next call. Nothing more behind
    /// the end, or behind bytes that break the protocol.
    const std::vector<upstream::item>& read(std::string_view bytes);
    /// The items that were held back until the end of the file.
    const std::vector<upstream::item>& end();
    /// Something could not be read.
    bool broken() const { return broken_; }

 private:
    upstream::api spoken_;
    bool streamed_;
    bool broken_ = false;
    std::unique_ptr<upstream::codec> codec_;  ///< of a stream; null: there is nothing to be read
    upstream::batch_texts texts_;             ///< of a document
    upstream::batch told_;
};

}  // namespace sluice::gateway
