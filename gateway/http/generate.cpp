#include "gateway/http/generate.hpp"

#include "gateway/admission/rate_limits.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/http/attach.hpp"
#include "gateway/http/authorize.hpp"
#include "gateway/http/body_input.hpp"
#include "gateway/http/load_shedding.hpp"
#include "gateway/http/plan.hpp"
#include "gateway/http/record_stream.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/http/request_name.hpp"
#include "gateway/http/stream_answer.hpp"
#include "gateway/http/stream_response.hpp"
#include "gateway/http/trace_of.hpp"
#include "gateway/streams/stream_id.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

/// What the head of an answer tells of its request.
struct generation_notes {
    std::vector<std::string> dropped;  ///< fields that had no effect
    upstream::header_list limits;      ///< how the bounds of its key and model stand
    std::string spent_bound;           ///< the one that cut a document short
};

/// Headers that tell about a generation, streamed or not.
void add_generation_headers(
    const request_scope& scope,
    const publication& stream,
    const generation_notes& notes,
    upstream::header_list& headers
) {
    headers.emplace_back("X-Sluice-Model", scope.record.model);
    const auto& upstream_head = stream.upstream_head();
    if (upstream_head.attempts > 0)
        headers.emplace_back("X-Sluice-Attempts", std::to_string(upstream_head.attempts));
    if (!upstream_head.request_id.empty()) {
        headers.emplace_back("X-Upstream-Request-Id", upstream_head.request_id);
    }
    for (const auto& header : notes.limits)
        headers.push_back(header);
    // What holds here is what the client is told, not what holds between gateway and provider.
    for (const auto& header : upstream_head.headers) {
        const bool told = std::ranges::any_of(notes.limits, [&](const auto& own) {
            return own.first == header.first;
        });
        if (!told) headers.push_back(header);
    }
    if (!notes.spent_bound.empty()) headers.emplace_back("X-Sluice-Limit", notes.spent_bound);
    std::string names;
    // What the client's own protocol carries is the provider's business.
    static const std::vector<std::string> none;
    for (const auto* list :
         {upstream_head.transparent ? &none : &notes.dropped, &upstream_head.dropped}) {
        for (const auto& name : *list) {
            if (names.size() > 1000) break;
            if (!names.empty()) names += ", ";
            auto text = header_text(name);
            std::replace(text.begin(), text.end(), ',', '?');
            names += text;
        }
    }
    if (!names.empty()) headers.emplace_back("X-Sluice-Dropped", names);
    if (upstream_head.estimated) headers.emplace_back("X-Sluice-Estimated", "true");
}

asio::awaitable<bool> respond_undecided(
    request_scope& scope, const publication& stream, const generation_notes& notes
) {
    const auto& ending = stream.ending();
    http_response response;
    add_generation_headers(scope, stream, notes, response.headers);
    // A document that a bound cut short is one all the same.
    if (ending.failure && ending.outcome != upstream::outcome::budget) {
        describe_error(*scope.dialect, *ending.failure, response);
        note_failure(scope, *ending.failure);
    } else {
        response.body = stream.document();
    }
    co_return co_await respond(scope, std::move(response));
}

std::string generation_head(
    const request_scope& scope, const publication& stream, const generation_notes& notes, bool keep
) {
    upstream::header_list headers;
    add_generation_headers(scope, stream, notes, headers);
    return stream_head(scope, stream.identity(), headers, keep);
}

/// How a request comes by its stream.
struct beginning {
    stream* begun = nullptr;  ///< begun for it
    std::string joined;       ///< else the id of one that was there
    bool* gone = nullptr;     ///< set where that one is no more: nothing was answered
    stream_response::settings settings;
    generation_notes notes;
};

/// Gives the client its stream.
asio::awaitable<bool> relay(request_scope& scope, beginning from) {
    stream_response response{
        scope.client, scope.worker.streams(), scope.worker.counters(), from.settings};
    publication* found = from.begun;
    if (found) {
        response.attach(*found, 0);
    } else {
        wakeup answered{scope.worker.context()};
        scope.worker.streams().join(from.joined, [&](publication* there) {
            found = there;
            if (found) response.attach(*found, 0);
            answered.notify();
        });
        co_await answered.wait();
        if (!found) {
            response.stop_watching();
            *from.gone = true;
            co_return true;
        }
    }
    auto& stream = *found;
    if (stream.frames().first_sequence() > 0) {
        response.stop_watching();
        const auto decision = decide_attach(stream, scope.who, std::nullopt);
        co_return co_await respond_unattached(scope, decision);
    }
    response.when_started([&stream] { stream.note_start_delivered(); });
    bool keep = false;
    std::function<std::string()> head = [&] {
        scope.record.status = 200;
        keep = keeps_alive_behind(scope, stream.identity());
        if (from.begun) scope.timing = from.begun->timing();
        auto text = generation_head(scope, stream, from.notes, keep);
        forget_headers(scope);
        return text;
    };
    co_await response.until_decided(std::move(head));
    if (response.client_gone() && !response.begun()) {
        scope.client.close();
        record_stream(scope, stream, from.begun);
        scope.record.status = 499;
        scope.record.outcome = "client_gone";
        co_return false;
    }
    if (!stream.committed()) {
        response.stop_watching();
        record_stream(scope, stream, from.begun);
        if (from.begun) {
            from.notes.spent_bound = from.begun->spent_bound();
            scope.timing = from.begun->timing();
        }
        co_return co_await respond_undecided(scope, stream, from.notes);
    }
    const auto end = co_await response.until_over();
    // Nobody is there to whom a farewell could be lost.
    if (response.client_gone()) scope.client.close();
    record_stream(scope, stream, from.begun);
    record_end(scope, stream, end);
    const bool complete = end == stream_response::end::complete;
    co_return keep&& complete;
}

std::optional<upstream::failure> draining() {
    auto reason = refusal(503, "overloaded_error", "the gateway is shutting down");
    reason.retryable = true;
    reason.retry_after = "1";
    return reason;
}

asio::awaitable<bool> respond_detached(
    request_scope& scope, const stream_identity& stream, upstream::header_list limits
) {
    const auto& id = stream.names.id;
    nlohmann::ordered_json body{{"id", id}, {"url", "/v1/streams/" + id}};
    if (!scope.who.key_id.empty()) body["signed_url"] = signed_url(scope, id);
    http_response response;
    response.status = 202;
    add_stream_headers(scope, stream, response.headers);
    response.headers.emplace_back("X-Sluice-Model", scope.record.model);
    response.headers.insert(response.headers.end(), limits.begin(), limits.end());
    response.body = dump_json(body);
    scope.record.stream = short_hash(id);
    scope.record.outcome = "detached";
    co_return co_await respond(scope, std::move(response));
}

// Not coroutines themselves: what they need to begin a stream would stand in their frames for as
// long as it lasts.

/// A conversation has one answer at a time: the one before ends.
void end_latest(request_scope& scope, const std::string& conversation) {
    auto& streams = scope.worker.streams();
    scope.worker.store().find_latest(
        conversation,
        [&streams, who = scope.who](const std::string& id) {
            if (!id.empty()) streams.stop(id, who, [](bool) {});
        }
    );
}

asio::awaitable<bool> begin_now(request_scope& scope, stream_plan plan, beginning from) {
    const bool detached = plan.detached;
    if (!plan.conversation.empty()) end_latest(scope, plan.conversation);
    // Spans are the stream's to tell from here on.
    plan.trace = std::move(scope.trace);
    from.begun = &scope.worker.streams().open(std::move(plan));
    from.settings.began = true;
    if (detached) {
        record_content(scope, *from.begun);
        return respond_detached(scope, from.begun->identity(), std::move(from.notes.limits));
    }
    return relay(scope, std::move(from));
}

void release_name(request_scope& scope, const stream_plan& plan) {
    if (!plan.request_key.empty()) scope.worker.store().release(plan.request_key, {});
}

/// Asks for what the stream's key and model may have of it.
asio::awaitable<bool> begin_if_granted(request_scope& scope, stream_plan plan, beginning from) {
    wakeup answered{scope.worker.context()};
    std::optional<upstream::failure> refused;
    auto& asked = *plan.grant;
    asked.take([&](std::optional<upstream::failure> reason) {
        refused = std::move(reason);
        answered.notify();
    });
    co_await answered.wait();
    const bool anthropic = plan.dialect == &anthropic_messages_dialect() ||
                           plan.dialect == &anthropic_count_tokens_dialect();
    from.notes.limits = rate_limit_headers(
        asked.demands(),
        asked.standings(),
        anthropic ? limit_headers::anthropic : limit_headers::openai,
        std::chrono::system_clock::now()
    );
    if (refused) {
        if (asked.refused_by()) scope.worker.state().refusals.count(*asked.refused_by());
        release_name(scope, plan);
        co_return co_await respond_error(scope, std::move(*refused), from.notes.limits);
    }
    co_return co_await begin_now(scope, std::move(plan), std::move(from));
}

asio::awaitable<bool> begin_stream(request_scope& scope, stream_plan plan, beginning from) {
    auto reason = scope.worker.state().draining ? draining() : judge_load(scope.worker);
    if (reason) {
        release_name(scope, plan);
        return respond_error(scope, std::move(*reason));
    }
    if (plan.grant && plan.grant->is_bounded())
        return begin_if_granted(scope, std::move(plan), std::move(from));
    return begin_now(scope, std::move(plan), std::move(from));
}

/// How often a name that stood for a stream which has just gone is asked about again. One that
/// comes to nothing each time is not worth waiting for.
constexpr int claims_max = 3;

/// A request with a name joins the stream that answers it, or begins it.
asio::awaitable<bool> begin_or_join(
    request_scope& scope, stream_plan plan, beginning from, idempotency_table::digest digest
) {
    using action = idempotency_table::verdict::action;
    auto& streams = scope.worker.streams();
    auto& names = scope.worker.store();
    for (int claims = 0; claims < claims_max; ++claims) {
        wakeup answered{scope.worker.context()};
        idempotency_table::verdict verdict;
        names.claim(plan.request_key, digest, [&](const idempotency_table::verdict& decided) {
            verdict = decided;
            answered.notify();
        });
        co_await answered.wait();
        if (verdict.what == action::begin) {
            co_return co_await begin_stream(scope, std::move(plan), std::move(from));
        }
        if (verdict.what == action::mismatch) {
            auto reason = refusal(
                422,
                "invalid_request_error",
                "another request was made under this name; a new request needs a new one",
                "idempotency_mismatch"
            );
            co_return co_await respond_error(scope, std::move(reason));
        }
        if (plan.detached) {
            stream_identity there = plan;
            there.names.id = verdict.stream_id;
            streams.note_detached(there.names.id);
            co_return co_await respond_detached(scope, there, from.notes.limits);
        }
        bool gone = false;
        from.joined = verdict.stream_id;
        from.gone = &gone;
        const bool keep = co_await relay(scope, from);
        if (!gone) co_return keep;
    }
    plan.request_key.clear();
    co_return co_await begin_stream(scope, std::move(plan), std::move(from));
}

/// A reconnect repeats the request that began its stream (fetch-event-source does), and says where
/// it was. It never begins another one.
std::optional<asio::awaitable<bool>> resume_instead(request_scope& scope) {
    if (!scope.request.header("last-event-id")) return std::nullopt;
    auto position = asked_position(scope.request);
    if (!position) return respond_error(scope, std::move(position).error());
    if (!*position) return std::nullopt;
    return answer_resume(scope, std::move(**position));
}

}  // namespace

asio::awaitable<bool> generate(
    request_scope& scope, const dialect& dialect, decoded_request decoded, std::string conversation
) {
    scope.dialect = &dialect;
    auto plan = make_plan(scope, dialect, decoded);
    if (!plan) return respond_error(scope, std::move(plan).error());
    beginning from;
    from.settings = response_settings(scope);
    from.notes.dropped = std::move(decoded.dropped);
    plan->call = std::move(decoded.call);
    plan->conversation = std::move(conversation);
    if (plan->request_key.empty()) {
        return begin_stream(scope, std::move(*plan), std::move(from));
    }
    const auto digest = request_digest(plan->call, dialect, plan->names.told);
    return begin_or_join(scope, std::move(*plan), std::move(from), digest);
}

asio::awaitable<bool> answer_native_post(request_scope& scope) {
    if (auto resumed = resume_instead(scope)) return std::move(*resumed);
    auto decoded = decode_body(scope.request, native_dialect());
    if (!decoded) return respond_error(scope, std::move(decoded).error());
    // Who asks to detach wants JSON back, and a stream begun.
    const bool detach = asks_to_detach(scope.request).value_or(true);
    if (wants_document(scope.request) && !detach) decoded->call.stream = false;
    return generate(scope, native_dialect(), std::move(*decoded));
}

asio::awaitable<bool> answer_native_get(request_scope& scope) {
    auto position = asked_position(scope.request);
    if (!position) return respond_error(scope, std::move(position).error());
    if (*position) return answer_resume(scope, std::move(**position));
    if (auto reason = require_key(scope)) return respond_error(scope, std::move(*reason));
    auto decoded = decode_query(scope.request);
    if (!decoded) return respond_error(scope, std::move(decoded).error());
    return generate(scope, native_dialect(), std::move(*decoded));
}

asio::awaitable<bool> answer_dialect(
    request_scope& scope, const dialect& dialect, const said_in_path& path
) {
    if (auto resumed = resume_instead(scope)) return std::move(*resumed);
    auto decoded = decode_body(scope.request, dialect, path);
    if (!decoded) return respond_error(scope, std::move(decoded).error());
    return generate(scope, dialect, std::move(*decoded));
}

}  // namespace sluice::gateway
