#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/opaque_state.hpp"
#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the frames and the documents of the Responses API have in common.
namespace sluice::gateway {

/// One part of a message.
struct response_part {
    bool refusal = false;
    std::string text = {};
    std::int64_t begin = 0;  ///< code points of the answer's text before it
    nlohmann::ordered_json annotations = nlohmann::ordered_json::array();
    nlohmann::ordered_json logprobs = nlohmann::ordered_json::array();
};

/// One item of the output, as far as it has come.
struct response_item {
    enum class kind { message, reasoning, call, picture, sound };
    kind what = kind::message;
    std::string id = {};
    std::string status = "in_progress";
    std::vector<response_part> parts = {};  ///< of a message
    std::string text = {};                  ///< a summary, a call's arguments, or base64 of media
    std::string encrypted = {};             ///< of reasoning: its opaque state
    std::string call_id = {};
    std::string name = {};
    std::string type = {};        ///< media type
    std::string transcript = {};  ///< of a sound
};

/// Opaque state as `encrypted_content`. The API has a place for that of reasoning only: state of a
/// tool call or of a text stands in a reasoning item of its own behind it.
std::string pack_reasoning(const upstream::reasoning_state& state);

/// The state of a reasoning item, and what it belongs to.
struct unpacked_state {
    upstream::reasoning_state state;
    bool marked = false;  ///< this gateway packed it
    state_owner owner;
};
unpacked_state unpack_reasoning(std::string_view encrypted);

nlohmann::ordered_json item_object(const response_item& item);
nlohmann::ordered_json part_object(const response_part& part);
/// Its offsets are those within a part that begins at `part_begin` and ends at `part_end`.
nlohmann::ordered_json annotation_object(
    const upstream::citation_delta& citation, std::int64_t part_begin, std::int64_t part_end
);
/// A JSON array that a provider sent; an empty one where it is none.
nlohmann::ordered_json logprobs_array(std::string_view text);
std::int64_t code_points_in(std::string_view text);

/// Usage in the words of this API. What is not known is zero, as clients expect the fields.
nlohmann::ordered_json response_usage(const upstream::usage& usage);

/// How a response stands.
struct response_standing {
    std::string_view event;   ///< the event that tells it
    std::string_view status;  ///< in_progress, completed, incomplete, failed
    std::string_view incomplete_reason = {};
    const upstream::failure* failure = nullptr;
};
/// At the end of a generation. `reason`: the provider's, if it told one.
response_standing standing_of(
    const upstream::ending& ending, std::optional<upstream::finish_reason> reason
);

/// One response object: what the request said, and how it stands.
class response_object {
 public:
    response_object(const upstream::call& call, const stream_names& names);

    void know(const upstream::identity& who);
    /// The transparent way: the provider's own response goes on under its own name.
    void adopt(const upstream::identity& who);

    nlohmann::ordered_json describe(
        const response_standing& standing,
        nlohmann::ordered_json output,
        nlohmann::ordered_json usage
    ) const;

 private:
    std::string id_;
    std::string model_;
    std::int64_t created_;
    nlohmann::ordered_json request_;  ///< the members that repeat the request
};

}  // namespace sluice::gateway
