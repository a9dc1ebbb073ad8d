#pragma once

#include "gateway/dialects/openai_responses_shapes.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// Writes one stream's events, each with its number, into a text.
class response_events {
 public:
    /// `members` begin with a comma or are empty.
    void append(std::string& out, std::string_view type, std::string_view members);
    void append_response(
        std::string& out, std::string_view type, const nlohmann::ordered_json& response
    );
    /// The `error` event that OpenAI sends ahead of response.failed: some clients look at nothing
    /// else.
    void append_error(std::string& out, const upstream::failure& failure);
    std::uint64_t next() const { return next_; }
    void go_on_from(std::uint64_t next) { next_ = next; }

 private:
    std::uint64_t next_ = 0;
};

/// The output of one response: makes the events of its items, and keeps the items for the last
/// event. Memory: the answer, once.
///
/// At most one message, one stretch of thoughts or one medium is open at a time; tool calls stay
/// open beside it, for their arguments may come by turns.
class response_output {
 public:
    response_output(const stream_names& names, response_events& events)
        : base_(names.id), events_(events) {}

    // Each appends its events to `out`.
    void add(const upstream::text_delta& part, std::string& out);
    void add(const upstream::refusal_delta& part, std::string& out);
    void add(const upstream::reasoning_delta& part, std::string& out);
    void add(const upstream::reasoning_state_delta& part, std::string& out);
    void add(const upstream::tool_call_delta& part, std::string& out);
    void add(const upstream::media_delta& part, std::string& out);
    void add(const upstream::citation_delta& part, std::string& out);
    void add(const upstream::logprobs_delta& part);

    /// Ends all items that are open. `status`: theirs from now on.
    void finish(std::string_view status, std::string& out);
    /// The items; those that are open are incomplete.
    nlohmann::ordered_json items() const;

 private:
    using kind = response_item::kind;

    struct place {
        std::size_t index;
        response_item& item;
    };

    std::optional<place> open(kind what, std::string& out);
    std::optional<place> begin(kind what, std::string_view prefix);
    response_part* open_part(place at, bool refusal, std::string& out);
    std::optional<place> call_at(const upstream::tool_call_delta& part, std::string& out);
    std::string unused_call_id(std::string_view told);
    void add_state(std::string encrypted, std::string& out);
    void add_picture(const upstream::media_delta& part, std::string& out);
    void add_sound(const upstream::media_delta& part, std::string& out);

    void announce(place at, std::string& out);
    void close_current(std::string_view status, std::string& out);
    void close(place at, std::string_view status, std::string& out);
    void close_part(place at, std::string& out);
    void close_summary(place at, std::string& out);
    void close_call(place at, std::string& out);
    void close_medium(place at, std::string& out);

    std::string address(place at) const;
    std::string part_address(place at) const;
    void append_delta(
        place at,
        std::string_view type,
        std::string_view where,
        std::string_view text,
        std::string_view more,
        std::string& out
    );

    std::string base_;
    response_events& events_;
    std::vector<response_item> items_;
    std::optional<std::size_t> current_;  ///< the one that is open, calls aside
    std::map<int, std::size_t> calls_;    ///< by the index of the call
    std::set<std::string, std::less<>> call_ids_;
    std::string logprobs_;  ///< of the tokens whose text comes next
    std::int64_t code_points_ = 0;
};

}  // namespace sluice::gateway
