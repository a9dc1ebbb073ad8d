#include "gateway/config/scalars.hpp"
#include "gateway/config/tables.hpp"
#include "gateway/config/values.hpp"

namespace sluice::gateway {

namespace {

using namespace std::chrono_literals;
using upstream::balance_rule;
using upstream::continuation_rules;
using upstream::retry_rules;
using upstream::routing_rules;
using upstream::sticky_rule;

constexpr std::uint64_t attempts_max = 20;  // no client waits for more
constexpr std::string_view header_prefix = "header:";

/// `off`, `conversation`, or `header:` and a name.
struct sticky_value {
    std::optional<sticky_rule> read(const node& value, problems& problems) const {
        const std::string wanted = "off, conversation or header:NAME";
        const auto text = read_text(value, wanted, problems);
        if (!text) return std::nullopt;
        if (*text == "off") return sticky_rule{};
        if (*text == "conversation") return sticky_rule{sticky_rule::by::conversation, {}};
        const std::string named = subject(value) + " must be " + wanted + ", not ";
        if (!text->starts_with(header_prefix)) {
            const std::string guess = did_you_mean(value.text, {"conversation", "off"});
            problems.add(value.at, named + in_quotes(value.text) + guess);
            return std::nullopt;
        }
        std::string name = text->substr(header_prefix.size());
        if (const complaint wrong = check_sticky_header(name)) {
            problems.add(value.at, named + in_quotes(value.text) + ": the name " + *wrong);
            return std::nullopt;
        }
        return sticky_rule{sticky_rule::by::header, std::move(name)};
    }
    json schema() const {
        return {
            {"type", "string"},
            {"pattern", "^(off|conversation|header:[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128})$|\\$\\{"}};
    }
    json write(const sticky_rule& value) const {
        if (value.what == sticky_rule::by::nothing) return "off";
        if (value.what == sticky_rule::by::conversation) return "conversation";
        return std::string(header_prefix) + value.header;
    }
};

/// A place within the rules of routing, or within a part of them.
template <class Member>
auto in_routing(Member routing_rules::*member) {
    return [member](auto& policy) -> auto& {
        return policy.routing.*member;
    };
}

template <class Part, class Member>
auto in_routing(Part routing_rules::*part, Member Part::*member) {
    return [ part, member ](auto& policy) -> auto& {
        return policy.routing.*part.*member;
    };
}

std::vector<field<route_policy>> clock_fields() {
    const duration_value timeout{1ms, 24h};
    const choice_value<disconnect_policy> on_disconnect{
        {{"cancel", disconnect_policy::cancel},
         {"grace", disconnect_policy::grace},
         {"keep", disconnect_policy::keep}}};
    return {
        make_field<route_policy>(
            "connect_timeout",
            "How long connecting may take; without it, as the provider has it.",
            &route_policy::connect_timeout,
            duration_value{1ms, 10min}
        ),
        make_field<route_policy>(
            "first_token_timeout",
            "How long the first token may take, of each attempt.",
            &route_policy::first_token_timeout,
            timeout
        ),
        make_field<route_policy>(
            "progress_timeout",
            "How long any later token may take.",
            &route_policy::progress_timeout,
            timeout
        ),
        make_field<route_policy>(
            "total_timeout",
            "How long the whole answer may take, whatever its attempts; 'off' is no bound, 10m "
            "where nothing is streamed.",
            &route_policy::total_timeout,
            optional_duration_value{timeout, "off"}
        ),
        make_field<route_policy>(
            "on_disconnect",
            "What becomes of a generation when its last reader leaves; without it, as the "
            "endpoint has it.",
            &route_policy::on_disconnect,
            on_disconnect
        ),
    };
}

std::vector<field<route_policy>> retry_fields() {
    const duration_value pause{0ms, 1h};
    return {
        make_field<route_policy>(
            "attempts",
            "How often a request is tried until the first token, the first time included.",
            in_routing(&routing_rules::retry, &retry_rules::attempts),
            integer_value{1, attempts_max}
        ),
        make_field<route_policy>(
            "retry_budget",
            "Attempts at targets that fail, as a part of all requests; 0: none.",
            in_routing(&routing_rules::retry, &retry_rules::budget),
            percent_value{0, 1}
        ),
        make_field<route_policy>(
            "backoff",
            "The longest pause before a target is asked again; doubles each time.",
            in_routing(&routing_rules::retry, &retry_rules::backoff),
            pause
        ),
        make_field<route_policy>(
            "backoff_max",
            "Where it ends to double; a target that asks for a longer pause is not asked again.",
            in_routing(&routing_rules::retry, &retry_rules::backoff_max),
            pause
        ),
    };
}

std::vector<field<route_policy>> choice_fields() {
    const choice_value<balance_rule> rule{
        {{"weighted", balance_rule::weighted},
         {"least_outstanding", balance_rule::least_outstanding},
         {"lowest_ttft", balance_rule::lowest_ttft}}};
    return {
        make_field<route_policy>(
            "balance",
            "How targets of one priority share the requests: by weight, or of two drawn by weight "
            "the one with fewer requests under way or with the faster first token.",
            in_routing(&routing_rules::balance),
            rule
        ),
        make_field<route_policy>(
            "sticky",
            "Which requests go to the same target, for its prompt cache: those of a "
            "'conversation', or with the same 'header:NAME'.",
            in_routing(&routing_rules::sticky),
            sticky_value{}
        ),
        make_field<route_policy>(
            "hedge",
            "Ask a second target when the first is later than usual; both are paid for.",
            in_routing(&routing_rules::hedge),
            flag_value{}
        ),
    };
}

/// Its usual text is not shown: it would stand under every route.
field<route_policy> instruction_field() {
    auto made = make_field<route_policy>(
        "continue_instruction",
        "What a target is told that does not go on by itself with the beginning of an answer.",
        in_routing(&routing_rules::continuation, &continuation_rules::instruction),
        text_value{check_instruction}
    );
    made.write = [write = made.write](const route_policy& from) {
        const std::string& text = from.routing.continuation.instruction;
        return text == continuation_rules{}.instruction ? json() : write(from);
    };
    return made;
}

std::vector<field<route_policy>> continuation_fields() {
    return {
        make_field<route_policy>(
            "continue_midstream",
            "Another target goes on where a stream breaks after its first token.",
            in_routing(&routing_rules::continuation, &continuation_rules::on),
            flag_value{}
        ),
        instruction_field(),
    };
}

void check_policy(const node& map, route_policy& policy, problems& problems) {
    const auto& [attempts, budget, backoff, backoff_max] = policy.routing.retry;
    if (policy.routing.hedge && attempts < 2)
        problems.add(map.find("hedge")->at, "'hedge' needs 'attempts' of 2 or more");
    if (backoff <= backoff_max) return;
    const node* const written = map.find("backoff");
    problems.add(
        written != nullptr ? written->at : map.find("backoff_max")->at,
        "'backoff' (" + format_duration(backoff) + ") must not be longer than 'backoff_max' (" +
            format_duration(backoff_max) + ")"
    );
}

}  // namespace

const section<route_policy>& policy_table() {
    static const section<route_policy> table = [] {
        section<route_policy> made{{}, clock_fields(), {}, check_policy};
        for (auto list : {retry_fields(), choice_fields(), continuation_fields()}) {
            for (auto& field : list)
                made.fields.push_back(std::move(field));
        }
        return made;
    }();
    return table;
}

}  // namespace sluice::gateway
