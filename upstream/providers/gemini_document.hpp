#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/whole_document.hpp"

namespace sluice::upstream {

/// The document of generateContent.
class gemini_document final : public whole_document {
 public:
    using whole_document::whole_document;

 private:
    void read(std::string_view document, batch& out) override;

    batch_texts texts_;
};

}  // namespace sluice::upstream
