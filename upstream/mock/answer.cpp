#include "upstream/mock/answer.hpp"

#include "upstream/mock/json_instance.hpp"
#include "upstream/mock/picture.hpp"
#include "upstream/mock/prompt.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::upstream::mock {
namespace {

/// A multiple of four, so that each part of a picture can be decoded by itself.
constexpr std::size_t media_part_bytes = 96;

std::string hex(std::uint64_t number) {
    std::string out(16, '0');
    for (std::size_t i = out.size(); i-- > 0; number >>= 4)
        out[i] = "0123456789abcdef"[number & 15U];
    return out;
}

std::string to_text(const nlohmann::json& value) {
    return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

tool_call make_call(const std::string& name, const request& request, std::uint64_t seed) {
    tool_call call;
    call.id = "call_" + hex(mix(seed, 0x63616c6cU));
    call.name = name;
    call.arguments = "{}";
    for (const tool& tool : request.tools) {
        if (tool.name != name || tool.parameters.is_null()) continue;
        call.arguments = to_text(make_instance(tool.parameters, seed));
        break;
    }
    return call;
}

/// Which functions the answer calls. After a tool's result it is text, or it would never end.
std::vector<std::string> functions_to_call(const request& request, const options& options) {
    using mode = tool_choice::mode;
    if (!request.messages.empty() && request.messages.back().role == role::tool) return {};
    if (!options.tool_call.empty()) return {options.tool_call};
    if (!request.tool_choice) return {};
    if (request.tool_choice->how == mode::named) return {request.tool_choice->name};
    if (request.tool_choice->how != mode::required || request.tools.empty()) return {};
    std::vector<std::string> names{request.tools[0].name};
    const bool several = request.parallel_tool_calls.value_or(false) && request.tools.size() > 1;
    if (several) names.push_back(request.tools[1].name);
    return names;
}

/// The JSON text that `response_format` asks for.
std::optional<std::string> json_asked_for(const request& request, std::uint64_t seed) {
    using form = response_format::form;
    if (!request.response_format || request.response_format->kind == form::text)
        return std::nullopt;
    const bool given = request.response_format->kind == form::json_schema;
    return to_text(make_instance(given ? request.response_format->schema : nlohmann::json(), seed));
}

bool is_done(const prose& prose) {
    return prose.done();
}
bool is_done(const document& document) {
    return document.at == document.text.size();
}
bool is_done(const tool_calls& calls) {
    return calls.index == calls.calls.size();
}

}  // namespace

std::optional<failure> answer::check(const request& request) {
    if (request.choices < 1 || request.choices > choices_max) {
        return invalid_request("n", "n must be 1 to " + std::to_string(choices_max));
    }
    const auto too_long = [](const std::string& string) {
        return string.size() > stop_filter::string_bytes_max;
    };
    if (request.stop.size() > stop_filter::strings_max ||
        std::any_of(request.stop.begin(), request.stop.end(), too_long)) {
        return invalid_request("stop", "the mock model takes 16 stop strings of 1024 bytes each");
    }
    return std::nullopt;
}

answer::answer(const request& request, const options& options, std::uint64_t configured_seed) {
    const auto asked = request.seed ? static_cast<std::uint64_t>(*request.seed) : configured_seed;
    const std::uint64_t seed = mix(options.seed.value_or(asked), hash_prompt(request));
    id_ = "mock-" + hex(seed);
    input_tokens_ = count_prompt_tokens(request);
    live_ = static_cast<std::size_t>(request.choices);
    choices_.reserve(live_);
    for (std::size_t i = 0; i < live_; ++i) {
        choices_.push_back(make_choice(request, options, mix(seed, i)));
    }
}

choice answer::make_choice(const request& request, const options& options, std::uint64_t seed)
    const {
    const auto tokens_left = request.max_tokens.value_or(std::numeric_limits<std::int64_t>::max());
    const auto with = [&](auto content) {
        return choice{std::move(content), dice(seed), tokens_left, stop_filter(request.stop)};
    };
    const std::vector<std::string> names = functions_to_call(request, options);
    if (!names.empty()) {
        tool_calls calls;
        for (std::size_t i = 0; i < names.size(); ++i) {
            calls.calls.push_back(make_call(names[i], request, mix(seed, i)));
        }
        return with(std::move(calls));
    }
    if (!options.media.empty()) {
        return with(document{encode_base64(make_png(seed)), options.media});
    }
    if (auto text = json_asked_for(request, seed)) return with(document{*std::move(text), ""});
    return with(prose(seed, options.tokens.value_or(usual_tokens(seed))));
}

void answer::next(std::vector<item>& out) {
    choice& choice = choices_[turn_];
    const bool empty =
        std::visit([](const auto& content) { return is_done(content); }, choice.content);
    if (!empty && choice.tokens_left > 0) {
        --choice.tokens_left;
        ++tokens_;
        std::visit([&](auto& content) { say(choice, content, out); }, choice.content);
        if (tokens_ >= tokens_max_) return;
    }
    settle(choice, out);
    pass_turn();
}

void answer::say(choice& choice, prose& prose, std::vector<item>& out) {
    token_.clear();
    prose.next(token_);
    show(choice, token_, out);
}

void answer::say(choice& choice, document& document, std::vector<item>& out) {
    const std::size_t begin = document.at;
    const bool media = !document.media_type.empty();
    document.at = media ? std::min(begin + media_part_bytes, document.text.size())
                        : cut_piece(document.text, begin, choice.cuts);
    const std::string_view piece =
        std::string_view(document.text).substr(begin, document.at - begin);
    if (!media) return show(choice, piece, out);
    out.emplace_back(media_delta{number_of(choice), document.media_type, piece});
}

void answer::say(choice& choice, tool_calls& calls, std::vector<item>& out) {
    const tool_call& call = calls.calls[calls.index];
    tool_call_delta delta{number_of(choice), static_cast<int>(calls.index), {}, {}, {}};
    if (!calls.begun) {
        calls.begun = true;
        delta.id = call.id;
        delta.name = call.name;
        out.emplace_back(delta);
        return;
    }
    std::size_t end = cut_piece(call.arguments, calls.at, choice.cuts);
    // Two parts even of the shortest: every JSON text that is cut here begins with an ASCII
    // character.
    if (calls.at == 0 && end == call.arguments.size() && end > 1) end = 1;
    delta.arguments = std::string_view(call.arguments).substr(calls.at, end - calls.at);
    out.emplace_back(delta);
    calls.at = end;
    if (end < call.arguments.size()) return;
    ++calls.index;
    calls.at = 0;
    calls.begun = false;
}

/// Text goes through the stop strings; what comes out is kept until the next `forget`.
void answer::show(choice& choice, std::string_view text, std::vector<item>& out) {
    std::string& seen = fresh_text();
    choice.filter.feed(text, seen);
    if (seen.empty()) {
        --texts_used_;
    } else {
        out.emplace_back(text_delta{number_of(choice), seen});
    }
}

/// Finishes the choice if that was its last token.
void answer::settle(choice& choice, std::vector<item>& out) {
    const bool said =
        std::visit([](const auto& content) { return is_done(content); }, choice.content);
    const bool stopped = choice.filter.stopped();
    if (!said && !stopped && choice.tokens_left > 0) return;
    if (!stopped) {
        std::string& rest = fresh_text();
        choice.filter.finish(rest);
        if (!rest.empty()) out.emplace_back(text_delta{number_of(choice), rest});
    }
    const bool called = std::holds_alternative<tool_calls>(choice.content);
    finish end{number_of(choice), finish_reason::stop};
    if (!said && !stopped) end.reason = finish_reason::length;
    if (said && called) end.reason = finish_reason::tool_calls;
    out.emplace_back(end);
    choice.finished = true;
    if (--live_ > 0) return;
    usage total;
    total.input_tokens = input_tokens_;
    total.output_tokens = tokens_;
    total.total_tokens = input_tokens_ + tokens_;
    out.emplace_back(total);
}

void answer::pass_turn() {
    if (complete()) return;
    do {
        if (++turn_ == choices_.size()) {
            turn_ = 0;
            ++round_;
        }
    } while (choices_[turn_].finished);
}

int answer::number_of(const choice& choice) const {
    return static_cast<int>(&choice - choices_.data());
}

std::string& answer::fresh_text() {
    if (texts_used_ == texts_.size()) texts_.emplace_back();
    std::string& text = texts_[texts_used_++];
    text.clear();
    return text;
}

}  // namespace sluice::upstream::mock
