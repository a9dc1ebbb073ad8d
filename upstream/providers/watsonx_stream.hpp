#pragma once

#include "upstream/providers/event_stream.hpp"
#include "upstream/providers/openai_chunk.hpp"
#include "upstream/providers/quoted_json.hpp"
#include "upstream/providers/thinking_tags.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// Decodes watsonx.ai's stream of a chat: chunks as of chat completions, less the terminal event.
///
/// It is complete at the end of the file, or at `event: close`, once every choice has finished or
/// the frame of usage without choices has come, which is sent behind all others. Thoughts that a
/// model writes into its text between tags are told as reasoning, unless the service has told its
/// reasoning apart; arguments of tool calls that are quoted twice lose one pair of quotes. Input
/// that was found unsuitable is a finish by content filter.
class watsonx_stream final : public event_stream {
 public:
    explicit watsonx_stream(const provider_errors& errors);

 private:
    struct split {
        int choice = 0;
        bool apart = false;  ///< the service tells reasoning apart from the text
        thinking_tags tags;
        std::vector<quoted_json> arguments;  ///< by tool call
    };

    void read(const sse::frame& frame, std::string_view data, batch& out) override;
    void conclude(batch& out) override;
    bool is_error(const nlohmann::json& value) const override;
    bool is_document(const nlohmann::json& value) const override;

    void read_chunk(nlohmann::json chunk, batch& out);
    void close(batch& out);
    void finish(batch& out);
    void fail_unfinished(batch& out);

    void retell(std::size_t first, batch& out);
    void retell(const item& told, batch& out);
    void retell_text(const text_delta& text, batch& out);
    void retell_call(tool_call_delta told, batch& out);
    void retell_finish(const upstream::finish& told, batch& out);
    void release(split& of, batch& out);
    void put_pieces(int choice, batch& out);
    split& split_of(int choice);
    quoted_json& arguments_of(int choice, int call);

    openai_chunk_reader chunks_;
    bool last_ = false;      ///< the frame of usage without choices has come
    bool finished_ = false;  ///< some choice has
    std::vector<split> splits_;
    std::vector<item> told_;                    ///< kept for its memory
    std::vector<thinking_tags::piece> pieces_;  ///< likewise
};

}  // namespace sluice::upstream
