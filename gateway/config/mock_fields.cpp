#include "gateway/config/mock_tables.hpp"
#include "gateway/config/mock_values.hpp"
#include "gateway/config/provider_fields.hpp"
#include "upstream/mock/profiles.hpp"
#include "upstream/mock/text_style.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

using namespace upstream::mock;
using upstream::mock_settings;

constexpr double prefill_seconds_max = 1;  // a token is read faster than that
constexpr std::size_t list_max = 100;      // each request looks through the whole list

/// A place within the mock's settings.
template <class Member>
auto in_mock(Member mock_settings::*member) {
    return [member](auto& entry) -> auto& {
        return entry.mock.*member;
    };
}

template <class Member, class Type>
provider_field mock_field(
    std::string_view key, std::string_view doc, Member mock_settings::*member, Type type
) {
    return make_field<provider_entry>(key, doc, in_mock(member), std::move(type));
}

/// A word of a list, as text.
template <class Names>
choice_value<std::string> word_of(const Names& names) {
    choice_value<std::string> made;
    for (const std::string_view name : names)
        made.choices.emplace_back(name, std::string(name));
    return made;
}

choice_value<std::string> profile_word() {
    std::vector<std::string_view> names;
    for (const profile& one : profiles())
        names.push_back(one.name);
    return word_of(names);
}

/// A map that is not shown where it is as if it had not been written.
template <class T>
struct quiet_object {
    object_value<T> type;
    bool (*off)(const T&);

    std::optional<T> read(const node& value, problems& problems) const {
        return type.read(value, problems);
    }
    json schema() const { return type.schema(); }
    json write(const T& value) const { return off(value) ? json() : type.write(value); }
};

/// `true`, `false`, or a map that says more.
struct cache_value {
    flag_value flag = {};
    object_value<cache_settings> more{&cache_table()};

    std::optional<cache_settings> read(const node& value, problems& problems) const {
        std::optional<cache_settings> made;
        if (value.kind == node::type::map) {
            made = more.read(value, problems);
            if (made) made->on = true;
        } else if (const auto on = flag.read(value, problems)) {
            made.emplace();
            made->on = *on;
        }
        return made;
    }
    json schema() const { return {{"oneOf", json::array({flag.schema(), more.schema()})}}; }
    json write(const cache_settings& value) const { return value.on ? more.write(value) : json(); }
};

std::vector<provider_field> timing_fields() {
    auto rate = mock_field(
        "rate",
        "Tokens per second; 0 is as fast as possible.",
        &mock_settings::rate,
        number_value{0, 1'000'000}
    );
    rate.write = [write = rate.write](const provider_entry& from) {
        return from.mock.gap ? json() : write(from);
    };
    return {
        mock_field(
            "profile",
            "Numbers of a kind of model, for what is not written here.",
            &mock_settings::profile,
            profile_word()
        ),
        mock_field(
            "ttft",
            "Time to the first token: a duration or a distribution, such as "
            "lognormal(400ms,0.5).",
            &mock_settings::ttft,
            distribution_value{quantity::seconds}
        ),
        std::move(rate),
        mock_field(
            "gap",
            "Time between tokens in place of a rate: a duration or a distribution.",
            &mock_settings::gap,
            distribution_value{quantity::seconds}
        ),
        mock_field(
            "prefill",
            "How long the prompt makes the first token wait, for each of its tokens.",
            &mock_settings::prefill_s,
            fine_duration_value{prefill_seconds_max}
        ),
    };
}

std::vector<provider_field> content_fields() {
    return {
        mock_field(
            "seed",
            "The same seed and prompt give the same text.",
            &mock_settings::seed,
            integer_value{0, UINT64_MAX}
        ),
        mock_field(
            "tokens",
            "Exactly so many tokens, or a distribution of numbers; about 60 without it.",
            &mock_settings::tokens,
            distribution_value{quantity::count}
        ),
        mock_field(
            "reasoning",
            "Tokens of thoughts ahead of the answer: a number or a distribution.",
            &mock_settings::reasoning,
            distribution_value{quantity::count}
        ),
        mock_field(
            "content",
            "What the text is made of; prose without it.",
            &mock_settings::content,
            word_of(text_styles())
        ),
        mock_field(
            "script",
            "Rules that say what to answer to which prompt, or the path of a YAML file that "
            "holds them.",
            &mock_settings::script,
            script_value{}
        ),
    };
}

std::vector<provider_field> load_fields() {
    const auto any_number = [](const queue_settings& queue) { return queue.slots == 0; };
    const auto no_limit = [](const limit_settings& limits) {
        return limits.requests_per_minute == 0 && limits.tokens_per_minute == 0;
    };
    return {
        mock_field(
            "queue",
            "Answers at once, as an inference server has them.",
            &mock_settings::queue,
            quiet_object<queue_settings>{{&queue_table()}, any_number}
        ),
        mock_field(
            "limits",
            "What each key may ask for.",
            &mock_settings::limits,
            quiet_object<limit_settings>{{&limit_table()}, no_limit}
        ),
        mock_field(
            "cache",
            "Prompts that were seen before are read at once, and told as cached.",
            &mock_settings::cache,
            cache_value{}
        ),
        mock_field(
            "faults",
            "Faults that strike by chance, decided by the seed and the request's number.",
            &mock_settings::faults,
            list_value<object_value<chance_of_fault>, chance_of_fault>{
                {&fault_table()}, 0, list_max}
        ),
        mock_field(
            "changes",
            "How things change over time.",
            &mock_settings::changes,
            list_value<object_value<change>, change>{{&change_table()}, 0, list_max}
        ),
    };
}

}  // namespace

std::vector<provider_field> mock_fields() {
    std::vector<provider_field> all = timing_fields();
    for (auto list : {content_fields(), load_fields()}) {
        for (auto& field : list)
            all.push_back(std::move(field));
    }
    return all;
}

void check_mock(const node& map, provider_entry& entry, problems& problems) {
    mock_settings& mock = entry.mock;
    const auto written = [&](std::string_view key) { return map.find(key) != nullptr; };
    if (written("rate") && written("gap"))
        problems.add(map.find("gap")->at, "'rate' and 'gap' exclude each other");
    const profile* const from = find_profile(mock.profile);
    if (from == nullptr) return;
    if (!written("ttft")) mock.ttft = from->ttft;
    if (!written("rate") && !written("gap")) mock.gap = from->gap;
    if (!written("prefill")) mock.prefill_s = from->prefill_s;
    if (!written("tokens")) mock.tokens = from->tokens;
    if (!written("reasoning")) mock.reasoning = from->reasoning;
}

}  // namespace sluice::gateway
