#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What providers say, as values and as bytes. Pure.
namespace sluice::faults {

enum class protocol { openai, anthropic };

struct frame {
    std::string event;  ///< empty: none, as OpenAI has it
    std::string data;
};

/// A streamed answer in its parts.
struct streamed_answer {
    std::vector<frame> opening;  ///< before the first content
    std::vector<frame> content;  ///< one token each
    std::vector<frame> closing;  ///< the finish, usage
    frame terminal;
};

/// How frames are written where the standard leaves the choice.
struct frame_style {
    std::string line_end = "\n";
    std::string colon = ": ";
    std::string extra = {};       ///< lines ahead of each frame, with their ends
    bool two_data_lines = false;  ///< JSON in two lines
    bool ascii = false;           ///< everything else as \uXXXX
};

struct answer_wishes {
    std::size_t first_token = 0;  ///< of the known answer
    bool usage = true;
};

streamed_answer make_stream(protocol kind, const answer_wishes& wishes);
/// The same in one JSON document.
nlohmann::json make_document(protocol kind, const answer_wishes& wishes);
/// `{"error": ...}` as the protocol has it.
nlohmann::json make_error(
    protocol kind, const std::string& type, const std::string& message, const std::string& code = ""
);
frame error_frame(protocol kind, const std::string& type, const std::string& message);
/// What says nothing, and keeps a connection alive.
frame ping_frame(protocol kind);
/// One token.
frame content_frame(protocol kind, std::string_view text);

std::string bytes_of(const frame& frame, const frame_style& style = {});
std::string bytes_of(const std::vector<frame>& frames, const frame_style& style = {});

}  // namespace sluice::faults
