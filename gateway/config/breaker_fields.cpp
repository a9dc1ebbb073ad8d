#include "gateway/config/provider_fields.hpp"
#include "gateway/config/values.hpp"

namespace sluice::gateway {

namespace {

using namespace std::chrono_literals;
using upstream::breaker_rules;

constexpr std::uint64_t failures_max = 1000;     // after more, nobody would call it a breaker
constexpr std::uint64_t requests_max = 100'000;  // in an hour at most, 28 in a second
constexpr double error_rate_min = 0.01;  // less would count requests that went well as too many

const section<breaker_rules>& breaker_table() {
    static const section<breaker_rules> table{
        {},
        {make_field<breaker_rules>(
             "failures",
             "After so many in a row; 0: however many.",
             &breaker_rules::failures,
             integer_value{0, failures_max}
         ),
         make_field<breaker_rules>(
             "error_rate",
             "Or when such a part of the window's requests failed.",
             &breaker_rules::error_rate,
             percent_value{error_rate_min, 1}
         ),
         make_field<breaker_rules>(
             "requests_min",
             "Of how many requests in the window at least.",
             &breaker_rules::requests_min,
             integer_value{1, requests_max}
         ),
         make_field<breaker_rules>(
             "window",
             "How far back the rate looks.",
             &breaker_rules::window,
             duration_value{100ms, 1h}
         ),
         make_field<breaker_rules>(
             "cool_down",
             "How long the target is left alone; doubles as long as it still fails, eightfold at "
             "most.",
             &breaker_rules::cool_down,
             duration_value{1ms, 1h}
         )},
        " for a breaker"};
    return table;
}

/// `off`, or a map that says more. Not shown where it is as if it had not been written.
struct breaker_value {
    object_value<breaker_rules> rules{&breaker_table()};

    std::optional<breaker_rules> read(const node& value, problems& problems) const {
        if (value.kind == node::type::map) return rules.read(value, problems);
        const std::string wanted = "a map of keys and values, or off";
        const auto text = read_text(value, wanted, problems);
        if (!text) return std::nullopt;
        if (*text == "off") {
            breaker_rules none;
            none.on = false;
            return none;
        }
        problems.add(
            value.at, subject(value) + " must be " + wanted + ", not " + in_quotes(value.text)
        );
        return std::nullopt;
    }
    json schema() const {
        const json word = {{"const", "off"}};
        return {{"oneOf", json::array({word, rules.schema()})}};
    }
    json write(const breaker_rules& value) const {
        if (!value.on) return "off";
        return value == breaker_rules{} ? json() : rules.write(value);
    }
};

}  // namespace

provider_field prefill_field() {
    return make_field<provider_entry>(
        "prefill",
        "It goes on with an answer that it is given the beginning of; without it, as the kind has "
        "it.",
        &provider_entry::prefill,
        flag_value{}
    );
}

provider_field breaker_field() {
    return make_field<provider_entry>(
        "breaker",
        "When a model of it is left alone, because it fails; 'off': never.",
        &provider_entry::breaker,
        breaker_value{}
    );
}

}  // namespace sluice::gateway
