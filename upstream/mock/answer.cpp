#include "upstream/mock/answer.hpp"

#include "upstream/mock/cuts.hpp"
#include "upstream/mock/picture.hpp"
#include "upstream/mock/probabilities.hpp"
#include "upstream/mock/prompt.hpp"
#include "upstream/mock/sound.hpp"
#include "upstream/mock/vectors.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream::mock {
namespace {

/// A multiple of four, so that each part of a picture can be decoded by itself.
constexpr std::size_t media_part_bytes = 96;

bool is_done(const passage& passage) {
    return passage.done();
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
    return choice.thoughts.done() && choice.begun.empty() &&
           std::visit([](const auto& content) { return is_done(content); }, choice.content);
}

std::int64_t count_characters(std::string_view text) {
    return std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    });
}

}  // namespace

answer::answer(const call& call, const options& options, std::uint64_t configured_seed)
    : thinks_(options.reasoning > 0 || !options.thoughts.empty()),
      tells_writes_(call.api == api::anthropic_messages),
      citations_(options.citations) {
    const request& request = call.request;
    const auto asked = request.seed ? static_cast<std::uint64_t>(*request.seed) : configured_seed;
    const std::uint64_t given = options.seed.value_or(asked);
    const std::uint64_t seed = mix(given, options.key ? *options.key : hash_prompt(request));
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
    choice only;
    only.content = std::move(made);
    only.seed = seed;
    choices_.push_back(std::move(only));
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

void answer::say(choice& choice, passage& passage, std::vector<item>& out) {
    token_.clear();
    if (choice.begun.empty())
        passage.next(token_);
    else
        token_.swap(choice.begun);
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
    std::size_t end = cut_awkwardly(call.arguments, calls.at, choice.cuts);
    // Two parts even of the shortest, unless it is a single character.
    if (calls.at == 0 && end == call.arguments.size()) end = end_of_character(call.arguments, 0);
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
    const std::size_t known = std::min(choice.known, seen.size());
    seen.erase(0, known);
    choice.known -= known;
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
    if (cached_) total.cached_tokens = cached_->read;
    if (cached_ && tells_writes_) total.cache_write_tokens = cached_->written;
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
