#pragma once

#include "upstream/providers/aws_event_stream.hpp"
#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/provider_errors.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// Decodes the events of ConverseStream.
///
/// It is complete when the stop and the usage that follows it are there, or at the end of the file
/// behind the stop. Items point into this object until its next `feed`.
class bedrock_stream {
 public:
    /// `errors` outlives this. `model`: as it was asked for, as the answer names none.
    bedrock_stream(std::string_view model, const provider_errors& errors)
        : model_(model), errors_(errors) {}
    bedrock_stream(const bedrock_stream&) = delete;
    bedrock_stream& operator=(const bedrock_stream&) = delete;

    void feed(std::string_view bytes, batch& out);
    void end(batch& out);

 private:
    /// A block that needed a beginning. Texts and thoughts have none.
    struct block {
        int call = -1;           // the index of a tool's call; -1: it is none of the client's
        bool arguments = false;  // some were told
        std::string image_type = {};
    };
    // An answer has a few blocks; a provider's index is not to be trusted with memory.
    static constexpr std::size_t blocks_max = 16 * 1024;

    void read(const aws_event_stream::message& message, batch& out);
    void read_event(std::string_view type, const nlohmann::json& event, batch& out);
    void read_exception(const aws_event_stream::message& message, batch& out);
    void begin_block(const nlohmann::json& event, batch& out);
    void read_delta(const nlohmann::json& event, batch& out);
    void read_reasoning(const nlohmann::json& content, batch& out);
    void read_citation(const nlohmann::json& citation, batch& out);
    void read_image(const nlohmann::json& image, std::int64_t index, batch& out);
    void end_block(const nlohmann::json& event, batch& out);
    void read_stop(const nlohmann::json& event, batch& out);
    void read_usage(const nlohmann::json& event, batch& out);
    void tell_arguments(std::int64_t index, std::string_view text, batch& out);
    void complete(batch& out);
    void fail_spoiled(batch& out);
    void fail(failure why, batch& out);
    void fail_broken(std::string_view what, batch& out);

    std::string model_;
    const provider_errors& errors_;
    aws_event_stream events_;
    batch_texts texts_;
    std::map<std::int64_t, block> blocks_;
    usage usage_;
    std::string spoiled_;  // the stop reason of an answer that can't be used
    int calls_ = 0;
    bool begun_ = false;
    bool stopped_ = false;
    bool counted_ = false;
    bool ended_ = false;
};

}  // namespace sluice::upstream
