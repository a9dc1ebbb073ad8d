#include "upstream/mock/mock_source.hpp"

#include "upstream/mock/item_bytes.hpp"
#include "upstream/mock/prefill.hpp"
#include "upstream/mock/provider_errors.hpp"
#include "upstream/mock/recording_words.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <string_view>
#include <variant>

namespace sluice::upstream::mock {
namespace {

/// What one `take` brings at most, so that a model without a rate leaves the event loop to others.
constexpr std::int64_t tokens_per_take_max = 64;
constexpr std::size_t bytes_per_take_max = 16 * 1024;

/// While a slot is waited for.
constexpr auto not_yet = std::chrono::steady_clock::time_point::max();

/// Stands for the client's key where limits are kept; it holds none.
std::string limit_key(const header_list& headers) {
    constexpr std::array<std::string_view, 4> names{
        "authorization", "x-api-key", "x-goog-api-key", "api-key"};
    for (const auto& [name, value] : headers) {
        if (std::ranges::find(names, name) == names.end()) continue;
        fingerprint print;
        print.add(value);
        return hex(print.value());
    }
    return {};
}

/// Who names such a fault would wait for it in vain.
failure needs_stream(const fault& fault) {
    return invalid_request(
        "X-Mock-Error",
        "X-Mock-Error '" + fault_text(fault) +
            "' strikes the events of a stream, and this request asks for none"
    );
}

/// Who asks for a failure is to see it: nothing is tried to be rid of it.
failure as_asked(failure why, const options& options) {
    if (options.error_asked) why.remedy = remedy::none;
    return why;
}

figures::end end_of(const batch& out) {
    const bool cut = std::ranges::any_of(out.items, [](const item& item) {
        const auto* const end = std::get_if<finish>(&item);
        return end != nullptr && end->reason == finish_reason::length;
    });
    return cut ? figures::end::length : figures::end::stop;
}

}  // namespace

void mock_source::start(
    boost::asio::io_context& context, const mock_settings& settings, const call& call
) {
    model_ = call.request.model;
    api_ = call.api;
    counts_ = call.api == api::anthropic_count_tokens;
    head_.status = 200;
    if (!counts_) record_.emplace(state_->done, arrived_);
    auto refused = prepare(settings, call);
    if (!refused && !counts_) refused = enter_queue(context);
    if (refused) refuse(*std::move(refused));
    await_due();
}

/// All that can be wrong with a call, before it takes a slot.
std::optional<failure> mock_source::prepare(const mock_settings& settings, const call& call) {
    using kind = fault::kind;
    auto read = read_options(settings, call.request, call.mock);
    if (auto* const bad = std::get_if<failure>(&read)) return std::move(*bad);
    options_ = std::get<options>(std::move(read));
    head_.asked_for = options_.error_asked;
    if (!options_.error_given) options_.error = state_->fault_of(number_, arrived_);
    fault& error = options_.error;
    if (error.what == kind::on_the_wire && is_document_of(api_, call.stream)) {
        if (options_.error_asked) return needs_stream(error);
        error = {};
    }
    if (error.what == kind::status)
        return as_asked(fail_with(static_cast<int>(error.value)), options_);
    if (auto impossible = answer::check(call, options_)) return impossible;
    if (auto refused = make_answer(settings, call)) return refused;
    if (error.what == kind::on_the_wire)
        head_.wire_fault = error.wire;
    else if (error)
        answer_->break_off_after(error.value);
    return std::nullopt;
}

std::optional<failure> mock_source::make_answer(const mock_settings& settings, const call& call) {
    embeds_ = call.embedding.has_value();
    if (embeds_) {
        options_.rate = 0;
        options_.gap.reset();
    }
    answer_.emplace(call, options_, settings.seed);
    go_on(settings, call);
    uncached_tokens_ = answer_->input_tokens();
    if (counts_) return std::nullopt;
    if (auto refused = ask_limits(call)) return refused;
    if (!state_->caching.on || embeds_) return std::nullopt;
    const auto cached = state_->cache.look_up(state_->caching, call.request, arrived_);
    answer_->set_cached(cached);
    uncached_tokens_ -= cached.read;
    return std::nullopt;
}

/// Where the call gives a beginning of the answer that the conversation ahead of it has, there is
/// only the rest to say.
void mock_source::go_on(const mock_settings& settings, const call& call) {
    const auto begun = take_prefill(call);
    if (!begun) return;
    const auto read = read_options(settings, begun->asked.request, call.mock);
    const auto* const drawn = std::get_if<options>(&read);
    if (drawn == nullptr) return;
    answer whole(begun->asked, *drawn, settings.seed);
    if (!whole.go_on_from(begun->beginning, answer_->input_tokens())) return;
    answer_ = std::move(whole);
    options_.tokens = drawn->tokens;
}

std::optional<failure> mock_source::ask_limits(const call& call) {
    const limit_settings& limits = state_->limit;
    if (limits.requests_per_minute == 0 && limits.tokens_per_minute == 0) return std::nullopt;
    limit_key_ = limit_key(call.headers);
    const std::int64_t tokens = call.request.max_tokens.value_or(options_.tokens.value_or(0));
    auto told = state_->limits.ask(
        limits,
        api_,
        limit_key_,
        answer_->input_tokens(),
        tokens,
        arrived_,
        model_,
        std::chrono::system_clock::now()
    );
    for (auto& header : told.headers)
        head_.headers.push_back(std::move(header));
    reserved_tokens_ = told.reserved;
    return std::move(told.refusal);
}

std::optional<failure> mock_source::enter_queue(boost::asio::io_context& context) {
    using standing = queue::standing;
    place_ = state_->slots.enter(context, [handle = handle_] {
        if (handle->owner == nullptr || handle->owner->over_) return;
        handle->owner->begin();
        handle->owner->await_due();
    });
    if (place_.now() == standing::refused) return fail_with(429);
    if (place_.now() == standing::running) begin();
    return std::nullopt;
}

/// As the client's own provider refuses with that status.
failure mock_source::fail_with(int status) {
    failure why = provider_failure(status, api_, model_);
    for (auto& header : provider_error_headers(why, api_))
        head_.headers.push_back(std::move(header));
    return why;
}

void mock_source::refuse(failure why) {
    head_.status = why.status;
    refusal_ = std::move(why);
}

/// There is a slot: the first token is waited for from now on.
void mock_source::begin() {
    const clock::time_point now = clock::now();
    pacing_.emplace(options_, state_->seed_of(number_), uncached_tokens_);
    pacing_->begin(now, *state_);
    record_->begin(now, answer_->input_tokens());
    if (introduced_) due_ = pacing_->due(0, *state_);
}

void mock_source::take(batch& out) {
    out.clear();
    if (over_) return;
    if (refusal_) {
        end(figures::end::error);
        out.ending = ending{refusal_->outcome, std::move(refusal_)};
        return;
    }
    answer_->forget();
    if (!introduced_) introduce(out);
    speak(out);
    if (options_.stamp) stamps_.add(out, clock::now());
    if (answer_->complete() || answer_->broken_off()) return conclude(out);
    await_due();
}

void mock_source::introduce(batch& out) {
    introduced_ = true;
    if (counts_) {
        usage counted;
        counted.input_tokens = answer_->used().input_tokens;
        out.items.emplace_back(counted);
        return;
    }
    out.items.emplace_back(identity{answer_->id(), model_, std::time(nullptr)});
    if (head_.wire_fault.what != wire_fault::kind::early_end) return;
    // The usage at the end of the answer will not be heard.
    usage early;
    early.input_tokens = answer_->input_tokens();
    out.items.emplace_back(early);
}

void mock_source::speak(batch& out) {
    due_ = not_yet;
    if (!pacing_) return;
    const clock::time_point now = clock::now();
    const std::int64_t before = answer_->tokens();
    const clock::time_point released = state_->released(now);
    std::size_t bytes = 0;
    while (!answer_->complete() && !answer_->broken_off() &&
           answer_->tokens() < before + tokens_per_take_max && bytes < bytes_per_take_max) {
        const clock::time_point due = pacing_->due(answer_->round(), *state_);
        due_ = std::max(due, released);
        if (due_ > now) break;
        if (rounds_told_ <= answer_->round()) {
            record_->token(due);
            ++rounds_told_;
        }
        const std::size_t items = out.items.size();
        answer_->next(out.items);
        for (std::size_t i = items; i < out.items.size(); ++i)
            bytes += bytes_of(out.items[i]);
    }
    if (!embeds_) record_->taken(answer_->tokens() - before);
}

void mock_source::conclude(batch& out) {
    using kind = fault::kind;
    if (answer_->complete()) {
        end(end_of(out));
        out.ending = ending{outcome::completed, std::nullopt};
        return;
    }
    failure why;
    why.type = "api_error";
    why.remedy = remedy::again;
    switch (options_.error.what) {
        case kind::reset_after:
            why.message = "connection reset by the mock";
            break;
        case kind::truncate_after:
            why.outcome = outcome::upstream_eof;
            why.message = "the mock's stream broke off without its end";
            break;
        case kind::error_after:
            why = overloaded_in_stream(api_);
            break;
        default:
            over_ = true;
            return;  // stalled: the owner's clock ends it, and the slot is kept until then
    }
    end(figures::end::error);
    const outcome how = why.outcome;
    out.ending = ending{how, as_asked(std::move(why), options_)};
}

void mock_source::end(figures::end how) {
    over_ = true;
    if (record_) record_->end(how, clock::now());
    settle_limits();
    place_.leave();
}

void mock_source::settle_limits() {
    if (reserved_tokens_ == 0) return;
    const std::int64_t used = answer_->input_tokens() + answer_->used().output_tokens.value_or(0);
    state_->limits.settle(limit_key_, reserved_tokens_, used);
    reserved_tokens_ = 0;
}

void mock_source::cancel() {
    timer_.cancel();
    if (!over_) end(figures::end::abort);
    over_ = true;
    place_.leave();
}

void mock_source::await_due() {
    if (waking_ || due_ == not_yet) return;
    waking_ = true;
    auto wake = [handle = handle_](auto&&...) {
        if (handle->owner != nullptr) handle->owner->on_due();
    };
    if (clock::now() >= due_) {
        boost::asio::post(timer_.get_executor(), std::move(wake));
    } else {
        timer_.expires_at(due_);
        timer_.async_wait(std::move(wake));
    }
}

/// The listener may destroy this source: nothing comes after telling it.
void mock_source::on_due() {
    waking_ = false;
    if (over_) return;
    if (waiting()) {
        listener_.on_ready();
    } else {
        await_due();
    }
}

}  // namespace sluice::upstream::mock
