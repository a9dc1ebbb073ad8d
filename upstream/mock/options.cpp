#include "upstream/mock/options.hpp"

#include "upstream/mock/prompt.hpp"
#include "upstream/mock/prompt_settings.hpp"
#include "upstream/mock/setting_readers.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::upstream::mock {
namespace {

/// So that lengths are drawn apart from each other and from the text.
constexpr std::uint64_t tokens_draw = 0x746f6b656eU;
constexpr std::uint64_t reasoning_draw = 0x726561736fU;

/// Over what was said so far. Who says a rate means no gaps that were said before.
void add_layer(setting_map& all, const setting_map& layer) {
    setting_map added;
    for (const auto& [key, value] : layer) {
        std::string suffix = key;
        std::replace(suffix.begin(), suffix.end(), '_', '-');
        added[suffix] = value;
    }
    if (added.contains("rate")) all.erase("gap-ms");
    for (auto& [suffix, value] : added)
        all[suffix] = std::move(value);
}

draft begin_with(const mock_settings& configured) {
    draft made;
    made.out.ttft = configured.ttft;
    made.out.rate = configured.rate;
    made.out.gap = configured.gap;
    made.out.prefill_s = configured.prefill_s;
    made.out.content = configured.content;
    made.tokens = configured.tokens;
    made.reasoning = configured.reasoning;
    return made;
}

void obey(const matched_rule& matched, const request& request, options& out) {
    const rule& rule = *matched.rule;
    if (rule.reply) out.reply = reply_of(matched, request);
    out.thoughts = rule.reasoning;
    out.scripted_calls = rule.tool_calls;
    out.error = rule.error;
    out.error_given = static_cast<bool>(rule.error);
}

/// The same for the same seed and prompt, as the text is.
std::int64_t draw_length(const distribution& lengths, std::uint64_t seed, std::int64_t min) {
    dice dice(seed);
    const auto drawn = static_cast<std::int64_t>(std::llround(lengths.draw(dice)));
    return lengths.is_constant() ? drawn : std::clamp(drawn, min, tokens_max);
}

void draw_lengths(const mock_settings& configured, const request& request, draft& draft) {
    if (!draft.tokens && !draft.reasoning) return;
    options& out = draft.out;
    const auto asked = request.seed ? static_cast<std::uint64_t>(*request.seed) : configured.seed;
    const std::uint64_t prompt = out.key ? *out.key : hash_prompt(request);
    const std::uint64_t seed = mix(out.seed.value_or(asked), prompt);
    if (draft.tokens) out.tokens = draw_length(*draft.tokens, mix(seed, tokens_draw), 1);
    if (draft.reasoning)
        out.reasoning = draw_length(*draft.reasoning, mix(seed, reasoning_draw), 0);
}

}  // namespace

failure invalid_request(std::string param, std::string message) {
    failure out;
    out.outcome = outcome::rejected;
    out.status = 400;
    out.type = "invalid_request_error";
    out.message = std::move(message);
    out.param = std::move(param);
    return out;
}

std::variant<options, failure> read_options(
    const mock_settings& configured,
    const request& request,
    const std::map<std::string, std::string>& given
) {
    draft draft = begin_with(configured);
    setting_map settings;
    if (const matched_rule matched = configured.script.find(request); matched.rule != nullptr) {
        add_layer(settings, matched.rule->settings);
        obey(matched, request, draft.out);
    }
    setting_map own;
    if (configured.prompt_settings) add_layer(own, settings_in_prompt(request));
    add_layer(own, given);
    draft.out.error_asked = own.contains("error");
    add_layer(settings, own);
    if (auto wrong = read_settings(settings, draft)) return *std::move(wrong);
    if (draft.echo) draft.out.reply = message_without_settings(request);
    draw_lengths(configured, request, draft);
    return std::move(draft.out);
}

std::optional<failure> check_settings(const std::map<std::string, std::string>& settings) {
    draft draft;
    setting_map all;
    add_layer(all, settings);
    return read_settings(all, draft);
}

}  // namespace sluice::upstream::mock
