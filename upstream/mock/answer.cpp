#include "upstream/mock/answer.hpp"

#include "upstream/mock/json_instance.hpp"
#include "upstream/mock/picture.hpp"
#include "upstream/mock/probabilities.hpp"
#include "upstream/mock/prompt.hpp"
#include "upstream/mock/sound.hpp"
#include "upstream/mock/tools.hpp"
#include "upstream/mock/vectors.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream::mock {
namespace {

/// A multiple of four, so that each part of a picture can be decoded by itself.
constexpr std::size_t media_part_bytes = 96;

/// What OpenAI takes, too.
constexpr std::size_t texts_max = 2048;

/// A refusal is short when nobody says.
constexpr std::string_view refusal_text =
    "I cannot help with that: the mock model was asked to refuse.";

/// The JSON text that `response_format` asks for.
std::optional<std::string> json_asked_for(const request& request, std::uint64_t seed) {
    using form = response_format::form;
    if (!request.response_format || request.response_format->kind == form::text)
        return std::nullopt;
    const bool given = request.response_format->kind == form::json_schema;
    return make_instance_text(given ? request.response_format->schema : nlohmann::json(), seed);
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
bool is_done(const speech& speech) {
    return speech.words.done();
}
bool is_done(const vectors& vectors) {
    return vectors.at == vectors.seeds.size();
}

bool is_done(const choice& choice) {
    return choice.thoughts.done() &&
           std::visit([](const auto& content) { return is_done(content); }, choice.content);
}

bool wants(const request& request, std::string_view modality) {
    return std::ranges::find(request.output_modalities, modality) !=
           request.output_modalities.end();
}

std::int64_t count_characters(std::string_view text) {
    return std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    });
}

std::optional<failure> check_texts(const embedding_request& request) {
    if (request.inputs.size() > texts_max)
        return invalid_request("input", "the mock model embeds 2048 texts at once at most");
    const std::int64_t dimensions = request.dimensions.value_or(dimensions_usual);
    if (dimensions >= 1 && dimensions <= dimensions_max) return std::nullopt;
    return invalid_request(
        "dimensions", "dimensions must be 1 to " + std::to_string(dimensions_max)
    );
}

/// In the words in which a provider's codec refuses what only another protocol can carry.
failure refuse_part(const call& call) {
    const std::string& path = call.untranslatable.front();
    failure why = invalid_request(
        path,
        "'" + path + "' is of a kind that the target 'mock/" + call.request.model + "' cannot take"
    );
    why.code = "unsupported_parameter";
    return why;
}

}  // namespace

std::optional<failure> answer::check(const call& call, const options& options) {
    const request& request = call.request;
    if (!call.untranslatable.empty()) return refuse_part(call);
    if (call.embedding) return check_texts(*call.embedding);
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
    return check_calls(request, options);
}

answer::answer(const call& call, const options& options, std::uint64_t configured_seed)
    : thinks_(options.reasoning > 0), citations_(options.citations) {
    const request& request = call.request;
    const auto asked = request.seed ? static_cast<std::uint64_t>(*request.seed) : configured_seed;
    const std::uint64_t given = options.seed.value_or(asked);
    const std::uint64_t seed = mix(given, hash_prompt(request));
    id_ = "mock-" + hex(seed);
    if (call.embedding) {
        take_texts(*call.embedding, given);
        return;
    }
    input_tokens_ = count_prompt_tokens(request);
    if (call.api == api::anthropic_count_tokens) return;
    if (request.logprobs.value_or(false)) alternatives_ = request.top_logprobs.value_or(0);
    live_ = static_cast<std::size_t>(request.choices);
    choices_.reserve(live_);
    for (std::size_t i = 0; i < live_; ++i) {
        choices_.push_back(make_choice(request, options, mix(seed, i)));
    }
}

/// The same text has the same vector, whatever stands beside it.
void answer::take_texts(const embedding_request& request, std::uint64_t seed) {
    embeds_ = true;
    input_tokens_ = count_prompt_tokens(request);
    vectors made;
    made.dimensions = request.dimensions.value_or(dimensions_usual);
    for (const std::string& text : request.inputs) {
        fingerprint print;
        print.add(text);
        made.seeds.push_back(mix(seed, print.value()));
    }
    live_ = made.seeds.empty() ? 0 : 1;
    choices_.push_back(
        {std::move(made), seed, dice(seed), std::numeric_limits<std::int64_t>::max(), {}}
    );
}

choice answer::make_choice(const request& request, const options& options, std::uint64_t seed)
    const {
    const auto tokens_left = request.max_tokens.value_or(std::numeric_limits<std::int64_t>::max());
    const auto with = [&](auto content) {
        choice made{std::move(content), seed, dice(seed), tokens_left, stop_filter(request.stop)};
        made.thoughts = prose(mix(seed, 0x7468696e6bU), options.reasoning);
        made.signature = "mock-thought-" + hex(mix(seed, 0x7369676eU));
        made.refuses = options.refusal;
        return made;
    };
    const std::int64_t tokens = options.tokens.value_or(usual_tokens(seed));
    if (options.refusal) {
        if (options.tokens) return with(prose(seed, tokens));
        return with(document{std::string(refusal_text), ""});
    }
    if (auto calls = make_calls(request, options, seed); !calls.empty())
        return with(tool_calls{std::move(calls)});
    if (!options.media.empty() || wants(request, "image")) {
        const auto type = options.media.empty() ? picture_type : options.media;
        return with(document{encode_base64(make_png(seed)), type});
    }
    if (auto text = json_asked_for(request, seed)) return with(document{*std::move(text), ""});
    if (wants(request, "audio")) return with(speech{prose(seed, tokens)});
    return with(prose(seed, tokens));
}

void answer::next(std::vector<item>& out) {
    choice& choice = choices_[turn_];
    if (!is_done(choice) && choice.tokens_left > 0) {
        --choice.tokens_left;
        ++tokens_;
        if (choice.thoughts.done())
            std::visit([&](auto& content) { say(choice, content, out); }, choice.content);
        else
            think(choice, out);
        if (tokens_ >= tokens_max_) return;
    }
    settle(choice, out);
    pass_turn();
}

void answer::think(choice& choice, std::vector<item>& out) {
    ++reasoning_tokens_;
    std::string& text = fresh_text();
    choice.thoughts.next(text);
    out.emplace_back(reasoning_delta{number_of(choice), text});
    if (!choice.thoughts.done()) return;
    reasoning_state_delta state;
    state.choice = number_of(choice);
    state.data = choice.signature;
    out.emplace_back(state);
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

void answer::say(choice& choice, speech& speech, std::vector<item>& out) {
    ++spoken_tokens_;
    std::string& words = fresh_text();
    speech.words.next(words);
    std::string& sound = fresh_text();
    sound = encode_base64(make_sound(choice.cuts.roll()));
    out.emplace_back(media_delta{number_of(choice), sound_type, sound, words});
}

void answer::say(choice&, vectors& vectors, std::vector<item>& out) {
    std::string& numbers = fresh_text();
    append_unit_vector(numbers, vectors.seeds[vectors.at], vectors.dimensions);
    out.emplace_back(embedding_delta{static_cast<int>(vectors.at), numbers});
    ++vectors.at;
}

/// Text goes through the stop strings; what comes out is kept until the next `forget`.
void answer::show(choice& choice, std::string_view text, std::vector<item>& out) {
    if (alternatives_ >= 0) {
        const auto number = static_cast<std::uint64_t>(tokens_);
        append_probability(choice.probabilities, text, mix(choice.seed, number), alternatives_);
    }
    std::string& seen = fresh_text();
    choice.filter.feed(text, seen);
    tell(choice, seen, out);
}

/// `seen` is the latest of the fresh texts.
void answer::tell(choice& choice, std::string& seen, std::vector<item>& out) {
    if (seen.empty()) {
        --texts_used_;
        return;
    }
    const int number = number_of(choice);
    if (!choice.probabilities.empty()) {
        std::string& list = fresh_text();
        list.append("[").append(choice.probabilities).append("]");
        choice.probabilities.clear();
        out.emplace_back(logprobs_delta{number, list, choice.refuses});
    }
    choice.shown += count_characters(seen);
    if (choice.refuses)
        out.emplace_back(refusal_delta{number, seen});
    else
        out.emplace_back(text_delta{number, seen});
}

/// The text in equal stretches, each with a source of its own.
void answer::cite(choice& choice, std::vector<item>& out) {
    if (choice.refuses || choice.shown == 0) return;
    const auto count = static_cast<std::int64_t>(citations_);
    for (std::int64_t i = 0; i < count; ++i) {
        const std::string number = std::to_string(i + 1);
        std::string& url = fresh_text();
        url = "https://example.com/" + hex(choice.seed) + "/" + number;
        std::string& title = fresh_text();
        title = "Source " + number;
        std::string& words_cited = fresh_text();
        words_cited = words(choice.cuts, 3);
        citation_delta part{number_of(choice), url, title, words_cited};
        part.begin = choice.shown * i / count;
        part.end = choice.shown * (i + 1) / count;
        out.emplace_back(part);
    }
}

/// Finishes the choice if that was its last token.
void answer::settle(choice& choice, std::vector<item>& out) {
    const bool said = is_done(choice);
    const bool stopped = choice.filter.stopped();
    if (!said && !stopped && choice.tokens_left > 0) return;
    if (!stopped) {
        std::string& rest = fresh_text();
        choice.filter.finish(rest);
        tell(choice, rest, out);
    }
    choice.finished = true;
    --live_;
    if (!embeds_) {
        cite(choice, out);
        const bool called = std::holds_alternative<tool_calls>(choice.content);
        finish end{number_of(choice), finish_reason::stop};
        end.stop_sequence = choice.filter.stopped_by();
        if (!said && !stopped) end.reason = finish_reason::length;
        if (said && called) end.reason = finish_reason::tool_calls;
        out.emplace_back(end);
    }
    if (live_ == 0) out.emplace_back(used());
}

usage answer::used() const {
    usage total;
    total.input_tokens = input_tokens_;
    const std::int64_t output = embeds_ ? 0 : tokens_;
    if (!embeds_) total.output_tokens = output;
    total.total_tokens = input_tokens_ + output;
    if (thinks_) total.reasoning_tokens = reasoning_tokens_;
    if (spoken_tokens_ > 0) total.output_audio_tokens = spoken_tokens_;
    return total;
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
