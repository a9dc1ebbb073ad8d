#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A whole answer, gathered from the items of its stream. Every dialect writes its document from
/// it.
namespace sluice::gateway {

/// One stretch of an answer in the order in which it was told.
struct answer_block {
    enum class kind { text, reasoning, refusal, tool_call, media };
    struct citation {
        std::string url;
        std::string title;
        std::string cited_text;
        std::int64_t begin = -1;  ///< code points of the choice's whole text; -1: not said
        std::int64_t end = -1;
    };

    kind what = kind::text;
    std::string text;        ///< the text, a tool call's arguments, or base64 of media
    std::string id;          ///< of a tool call
    std::string name;        ///< of a tool call
    std::string type;        ///< media type
    std::string transcript;  ///< of media
    int index = 0;           ///< of a tool call
    std::vector<citation> citations = {};  ///< of a text
    std::optional<upstream::reasoning_state> state = {};
};

struct answer_choice {
    std::vector<answer_block> blocks;
    std::string logprobs;          ///< JSON array; empty: none
    std::string refusal_logprobs;  ///< JSON array; empty: none
    std::optional<upstream::finish_reason> reason;
    std::string native_reason;  ///< the provider's own word, or empty
    std::string stop_sequence;

    /// All blocks of a kind, joined.
    std::string joined(answer_block::kind kind) const;
    bool has(answer_block::kind kind) const;
};

struct answer {
    std::string id;     ///< the provider's, or empty
    std::string model;  ///< the provider's, or empty
    std::int64_t created = 0;
    std::vector<answer_choice> choices;
    std::vector<std::string> embeddings;  ///< JSON arrays of numbers, by index
    std::string verbatim;                 ///< the provider's own document, on the transparent way
};

/// Gathers the items of one stream. What a hostile provider's indexes would have it hold is
/// bounded.
class answer_gatherer {
 public:
    void add(const upstream::item& item);
    const answer& gathered() const { return answer_; }
    answer take() { return std::move(answer_); }

 private:
    answer_choice* choice_at(int index);
    void add_text(int choice, answer_block::kind kind, std::string_view text);
    answer_block* call_at(answer_choice& choice, int index);

    void gather(const upstream::text_delta& part);
    void gather(const upstream::reasoning_delta& part);
    void gather(const upstream::refusal_delta& part);
    void gather(const upstream::tool_call_delta& part);
    void gather(const upstream::media_delta& part);
    void gather(const upstream::reasoning_state_delta& part);
    void gather(const upstream::citation_delta& part);
    void gather(const upstream::logprobs_delta& part);
    void gather(const upstream::embedding_delta& part);
    void gather(const upstream::finish& part);
    void gather(const upstream::identity& part);
    void gather(const upstream::verbatim& part);
    void gather(const upstream::usage&) {}

    answer answer_;
};

}  // namespace sluice::gateway
