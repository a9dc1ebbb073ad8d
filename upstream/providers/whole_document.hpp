#pragma once

#include "upstream/providers/provider_errors.hpp"
#include "upstream/source.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// Relays the one JSON document that answers a request which was not streamed, and meters it.
/// Nothing is told before the document is whole and known to be an answer. Items point into this
/// object.
class whole_document {
 public:
    static constexpr std::size_t document_bytes_max = 64U << 20;

    /// `errors` outlives this.
    explicit whole_document(const provider_errors& errors) : errors_(errors) {}
    whole_document(const whole_document&) = delete;
    whole_document& operator=(const whole_document&) = delete;
    virtual ~whole_document() = default;

    void feed(std::string_view bytes, batch& out);
    void end(batch& out);

 protected:
    /// A JSON object. Appends identity, finish and usage, or fails.
    virtual void read(std::string_view document, batch& out) = 0;

    const provider_errors& errors() const { return errors_; }
    void fail(failure why, batch& out);

 private:
    const provider_errors& errors_;
    std::string text_;
    bool ended_ = false;
};

}  // namespace sluice::upstream
