#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/batch_texts.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// Tells the output items of one response as they come in.
///
/// Items are known by their index in the output, never by their id, which some servers change from
/// event to event. What a server sends only in the events at the end of a part, of an item or of
/// the response is told then; what was told before is not repeated. Memory is bounded.
class responses_items {
 public:
    /// What the answer is called; ids that are missing are derived from it.
    void name(std::string_view response_id) { response_id_ = response_id; }

    /// An event of one item. Unknown types are left alone.
    void read(std::string_view type, const nlohmann::json& event, batch_texts& texts, batch& out);
    /// The whole output, as it stands in the last event.
    void read_output(const nlohmann::json& response, batch_texts& texts, batch& out);

    bool has_calls() const { return calls_ > 0; }

 private:
    /// One part of an item: a text, a refusal, a summary, a thought.
    struct part {
        bool told = false;
        std::int64_t begin = 0;  ///< code points of the answer's text before it
        std::size_t citations = 0;
    };
    struct item {
        std::string type;
        std::string id;
        std::map<std::int64_t, part> parts;      ///< by content_index
        std::map<std::int64_t, part> summaries;  ///< by summary_index
        int call = -1;                           ///< index of the tool call
        bool arguments_told = false;
        bool state_told = false;
        bool media_told = false;
        bool done = false;
    };
    /// Where something is to be told.
    struct outlet {
        batch_texts& texts;
        batch& out;
    };

    item* item_at(std::int64_t index);
    item* item_of(const nlohmann::json& event);
    static bool told_any(const std::map<std::int64_t, part>& parts);
    static part* part_at(std::map<std::int64_t, part>& parts, std::int64_t index);
    part* part_of(const nlohmann::json& event);
    part* summary_of(const nlohmann::json& event);

    void read_delta(std::string_view type, const nlohmann::json& event, outlet to);
    void read_done(std::string_view type, const nlohmann::json& event, outlet to);
    void add_item(const nlohmann::json& event, outlet to);
    void finish_item(item& to, const nlohmann::json& value, outlet into);
    void finish_message(item& to, const nlohmann::json& value, outlet into);
    void finish_thoughts(item& to, const nlohmann::json& value, outlet into);
    void tell_thoughts(item& to, const nlohmann::json& value, outlet into);
    void finish_picture(item& to, const nlohmann::json& value, outlet into);
    void finish_part(part& to, const nlohmann::json& value, outlet into);

    void tell_text(part& to, std::string_view text, const nlohmann::json* logprobs, outlet into);
    void tell_refusal(part& to, std::string_view text, outlet into);
    void tell_thought(part& to, std::string_view text, outlet into);
    void tell_citation(part& to, const nlohmann::json& annotation, outlet into);
    void begin_call(item& to, const nlohmann::json& value, outlet into);
    void tell_arguments(item& to, std::string_view text, outlet into);
    void tell_rest_of_arguments(item& to, std::string_view whole, outlet into);

    std::string response_id_;
    std::map<std::int64_t, item> items_;
    std::int64_t latest_ = 0;       ///< of an event that names no item
    std::int64_t code_points_ = 0;  ///< of the answer's text
    int calls_ = 0;
};

}  // namespace sluice::upstream
