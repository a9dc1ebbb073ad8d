#include "tests/faults/cells.hpp"

#include "tests/end_to_end/support/raw_client.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace sluice::faults {
namespace {

using end_to_end::deadline;
using end_to_end::http_response;
using end_to_end::steady;
using nlohmann::json;

constexpr std::array scenarios{scenario::one, scenario::fallback, scenario::continuation};
constexpr std::array clients{client::openai, client::anthropic, client::native};

/// The protocol of the first target: the client's own, so that it is relayed where it may be.
std::string protocol_of(client kind) {
    return kind == client::anthropic ? "anthropic" : "openai";
}

std::string door_name(const fault& what) {
    if (!what.door) return "provider";
    static constexpr std::array names{"closed", "deaf", "resets", "ends"};
    return names.at(static_cast<std::size_t>(*what.door));
}

/// Redirects and web pages have marks that must not get through; so has the key.
std::string leak_in(const std::string& bytes) {
    if (bytes.find(provider_key) != std::string::npos) return "the provider's key got through";
    if (bytes.find(web_page_mark) != std::string::npos) return "a web page got through";
    return "";
}

std::string all_bytes(const http_response& answer) {
    std::string bytes;
    for (const auto& [name, value] : answer.headers)
        bytes += name + ": " + value + "\n";
    return bytes + answer.body;
}

struct exchange {
    http_response answer;
    end_to_end::milliseconds head_after{0};
    bool whole = false;
};

exchange ask(const cell& asked, std::uint16_t port) {
    const auto begin = steady::now();
    const deadline limit{answer_limit};
    end_to_end::raw_client connection(port);
    connection.send(question_of(asked));
    exchange seen;
    do {
        seen.answer = connection.read_head(false, end_to_end::milliseconds(limit.left_ms()));
    } while (seen.answer.status < 200);
    seen.head_after = std::chrono::duration_cast<end_to_end::milliseconds>(steady::now() - begin);
    while (const auto part = connection.read_body_part(end_to_end::milliseconds(limit.left_ms()))) {
        seen.answer.body += *part;
        if (limit.passed()) throw end_to_end::harness_error("it does not end");
    }
    seen.whole = connection.body_is_whole();
    return seen;
}

bool is_allowed(finding::kind found, verdict wanted) {
    if (found == finding::kind::wrong) return false;
    if (wanted == verdict::either) return true;
    return (found == finding::kind::text) == (wanted == verdict::text);
}

/// A refusal keeps its meaning as long as the status line is unsent.
std::string complaint_of_status(const cell& asked, const exchange& seen, const finding& found) {
    if (found.is != finding::kind::error || !asked.shows_status()) return "";
    const bool unsent = seen.head_after < end_to_end::milliseconds(clocks::commit_ms);
    if (found.in_stream) return unsent ? "an early refusal that came within a stream" : "";
    const auto& what = *asked.what;
    const auto status = seen.answer.status;
    if (!what.statuses.empty() && std::ranges::count(what.statuses, status) == 0)
        return "status " + std::to_string(status) + " where " +
               std::to_string(what.statuses.front()) + " was due";
    const auto pause = seen.answer.header("Retry-After");
    if (what.retry_after == "any" && pause.empty()) return "a 429 without Retry-After";
    if (what.retry_after != "any" && !what.retry_after.empty() && pause != what.retry_after)
        return "Retry-After '" + pause + "' where '" + what.retry_after + "' was due";
    return "";
}

std::string complaint_of(const cell& asked, const exchange& seen, const finding& found) {
    if (!seen.whole) return "the body broke off";
    if (const auto leak = leak_in(all_bytes(seen.answer)); !leak.empty()) return leak;
    if (found.is == finding::kind::wrong) return found.complaint;
    const auto wanted = expected(asked.seen(), asked.route);
    if (!is_allowed(found.is, wanted)) {
        return wanted == verdict::text ? "an error where the text was due: " + found.error_message
                                       : "the text where an error was due";
    }
    return complaint_of_status(asked, seen, found);
}

/// The beginning and the end of what a client got, in ASCII.
std::string shown(const std::string& bytes) {
    constexpr std::size_t shown_bytes = 600;
    const auto written = [](const std::string& part) {
        return json(part).dump(-1, ' ', true, json::error_handler_t::replace);
    };
    if (bytes.size() <= 2 * shown_bytes) return written(bytes);
    return written(bytes.substr(0, shown_bytes)) + "..." +
           written(bytes.substr(bytes.size() - shown_bytes));
}

std::string target(const std::string& provider, const std::string& model, int priority) {
    return "{provider: " + provider + ", model: \"" + model +
           "\", priority: " + std::to_string(priority) + "}";
}

std::string provider_line(const std::string& name, const std::string& kind, std::uint16_t port) {
    const std::string path = kind == "openai" ? "/v1" : "";
    return "  " + name + ": {kind: " + kind +
           ", base_url: \"http://127.0.0.1:" + std::to_string(port) + path +
           "\", api_key: " + std::string(provider_key) + ", breaker: off}\n";
}

std::string route_lines(const std::string& protocol, const std::string& door) {
    const auto first = target(protocol + "-" + door, "*", 1);
    const std::string other = protocol == "openai" ? "anthropic" : "openai";
    const std::string policy =
        "attempts: 3, backoff: 10ms, backoff_max: 100ms, retry_budget: 100%, connect_timeout: " +
        std::to_string(clocks::connect_ms) +
        "ms, first_token_timeout: " + std::to_string(clocks::token_ms) +
        "ms, progress_timeout: " + std::to_string(clocks::token_ms) +
        "ms, total_timeout: " + std::to_string(clocks::total_ms) + "ms";
    std::string out;
    for (const auto route : scenarios) {
        auto targets = first;
        if (route == scenario::fallback) targets += ", " + target(other + "-provider", "none", 2);
        // Anthropic's takes the beginning of its answer; OpenAI's is told to go on.
        if (route == scenario::continuation) {
            const auto second = protocol == "anthropic" ? "none" : "repeats";
            targets += ", " + target(protocol + "-provider", second, 2);
        }
        const bool goes_on = route == scenario::continuation;
        out += "  - name: \"" + std::string(to_string(route)) + "-" + protocol + "-" + door +
               "/*\"\n    targets: [" + targets + "]\n    policy: {" + policy +
               (goes_on ? ", continue_midstream: true" : "") + "}\n";
    }
    return out;
}

}  // namespace

std::string_view to_string(scenario route) {
    if (route == scenario::one) return "one";
    return route == scenario::fallback ? "fallback" : "continuation";
}

/// Of its own for each cell, so that no cell's failures are held against another's target.
std::string cell::model() const {
    return std::string(to_string(route)) + "-" + protocol_of(kind) + "-" + door_name(*what) + "/" +
           what->id + "/" + std::string(to_string(kind)) + (streamed ? "-stream" : "-document");
}

/// Only a request for a document that is relayed in its own protocol goes up as one.
effect cell::seen() const {
    const bool relayed = kind != client::native && route != scenario::continuation;
    return relayed && !streamed ? what->document : what->streamed;
}

bool cell::shows_status() const {
    return seen() == effect::refused || (route == scenario::one && seen() == effect::before);
}

std::vector<cell> all_cells() {
    std::vector<cell> cells;
    for (const auto& what : all_faults()) {
        for (const auto route : scenarios) {
            for (const auto kind : clients) {
                for (const bool streamed : {true, false})
                    cells.push_back({&what, route, kind, streamed});
            }
        }
    }
    return cells;
}

std::vector<std::string> column_names() {
    std::vector<std::string> names;
    for (const auto route : scenarios) {
        for (const auto kind : clients) {
            for (const bool streamed : {true, false}) {
                names.push_back(
                    std::string(to_string(route)) + " " + std::string(to_string(kind)) +
                    (streamed ? " stream" : " document")
                );
            }
        }
    }
    return names;
}

std::string gateway_yaml(const door_ports& ports) {
    std::string providers;
    std::string routes;
    for (const std::string protocol : {"openai", "anthropic"}) {
        providers += provider_line(protocol + "-provider", protocol, ports.provider);
        routes += route_lines(protocol, "provider");
        for (const auto& what : all_faults()) {
            if (!what.door) continue;
            const auto name = door_name(what);
            providers += provider_line(protocol + "-" + name, protocol, ports.doors.at(*what.door));
            routes += route_lines(protocol, name);
        }
    }
    return "server:\n  listen: [\"127.0.0.1:0\"]\n  workers: 2\n  heartbeat: " +
           std::to_string(clocks::heartbeat_ms) +
           "ms\n  commit_after: " + std::to_string(clocks::commit_ms) +
           "ms\nlog: {level: debug, format: json}\nproviders:\n" + providers + "models:\n" + routes;
}

end_to_end::request question_of(const cell& asked) {
    const json messages = json::array({{{"role", "user"}, {"content", "Say what you know."}}});
    json body{{"model", asked.model()}, {"messages", messages}, {"stream", asked.streamed}};
    if (asked.kind == client::openai) return end_to_end::post("/v1/chat/completions", body);
    if (asked.kind == client::native) return end_to_end::post("/v1/streams", body);
    body["max_tokens"] = 1000;
    return end_to_end::post("/v1/messages", body);
}

result run(const cell& asked, std::uint16_t gateway_port) {
    const auto begin = steady::now();
    result out;
    exchange seen;
    try {
        seen = ask(asked, gateway_port);
        out.took = std::chrono::duration_cast<end_to_end::milliseconds>(steady::now() - begin);
        const bool repeated = asked.seen() == effect::endless;
        out.found =
            judge(seen.answer, {asked.kind, asked.streamed, asked.what->finish_may_lack, repeated});
        out.complaint = complaint_of(asked, seen, out.found);
    } catch (const std::exception& problem) {
        out.took = std::chrono::duration_cast<end_to_end::milliseconds>(steady::now() - begin);
        out.complaint = problem.what();
    }
    out.passed = out.complaint.empty();
    out.status = seen.answer.status;
    if (!out.passed) out.bytes = shown(seen.answer.body);
    return out;
}

}  // namespace sluice::faults
