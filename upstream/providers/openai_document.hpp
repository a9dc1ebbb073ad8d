#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/provider_errors.hpp"
#include "upstream/source.hpp"

#include <string>
#include <string_view>

namespace sluice::upstream {

/// Collects a chat completion that is not streamed, and passes it on whole and byte for byte.
///
/// Looks into it without building a tree of it, because it may be large and hostile.
class openai_document {
 public:
    /// A bound for what is not streamed; far more than any model writes.
    static constexpr std::size_t document_bytes_max = 64U << 20;

    explicit openai_document(const provider_errors& errors) : errors_(errors) {}

    void feed(std::string_view bytes, batch& out);
    void end(batch& out);

 private:
    void read_items(batch& out);
    void fail(failure why, batch& out);

    const provider_errors& errors_;
    std::string text_;
    batch_texts texts_;
    bool ended_ = false;
};

}  // namespace sluice::upstream
