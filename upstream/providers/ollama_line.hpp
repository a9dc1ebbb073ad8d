#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::upstream {

/// What is to be known of a line that is passed on as it came. Views into the line.
struct ollama_glance {
    std::string_view model;  ///< as it stands between its quotes
    bool content = false;
    bool called = false;  ///< it calls a tool
    bool done = false;
    bool error = false;
    bool broken = false;  ///< no JSON object, as far as was looked
};
/// Looks through a line without building a tree of it.
ollama_glance glance_at_ollama(std::string_view line);

/// Tells the lines of one answer of Ollama's in items.
class ollama_teller {
 public:
    /// A whole line. Everything that it says, in the order in which a client is to see it.
    void tell(const nlohmann::json& line, batch_texts& texts, batch& out);
    /// Identity, finish and usage alone, of a line that is passed on. Reads no content.
    void tell_outline(std::string_view line, const ollama_glance& seen, batch_texts&, batch& out);

 private:
    // A model calls a few; what a hostile server sends is not to be trusted with memory.
    static constexpr int tool_calls_max = 4096;

    void tell_identity(const nlohmann::json& line, batch_texts& texts, batch& out);
    void tell_content(const nlohmann::json& from, const char* text, batch_texts&, batch& out);
    void tell_calls(
        const nlohmann::json& calls, std::string_view created, batch_texts& texts, batch& out
    );
    void tell_end(const nlohmann::json& line, batch_texts& texts, batch& out);

    int calls_ = 0;
    bool identified_ = false;
};

/// The Unix seconds of a time as `2026-08-17T15:57:12.772341Z`; 0 where it is none.
std::int64_t unix_seconds(std::string_view time);

}  // namespace sluice::upstream
