#include "gateway/http/endpoints.hpp"

#include <array>

namespace sluice::gateway {

namespace {

struct endpoint_row {
    std::string_view method;
    std::string_view path;  ///< {} stands for what is not empty
    gateway::endpoint endpoint;
    bool generates = false;
    bool stops = false;
    gateway::audience audience = audience::keys;
    const dialect& (*speaks)() = native_dialect;
    bool changes = false;
};

using speaker = const dialect& (*)();

constexpr endpoint_row row_for(
    audience whom, std::string_view method, std::string_view path, endpoint what, speaker speaks
) {
    return {method, path, what, false, false, whom, speaks};
}
constexpr endpoint_row open(
    std::string_view method, std::string_view path, endpoint what, speaker speaks = native_dialect
) {
    return row_for(audience::everybody, method, path, what, speaks);
}
constexpr endpoint_row keyed(
    std::string_view method, std::string_view path, endpoint what, speaker speaks = native_dialect
) {
    return row_for(audience::keys, method, path, what, speaks);
}
constexpr endpoint_row operated(std::string_view path, endpoint what) {
    return row_for(audience::operators, "GET", path, what, native_dialect);
}
constexpr endpoint_row changing(std::string_view path, endpoint what) {
    return {"PUT", path, what, false, false, audience::operators, native_dialect, true};
}
constexpr endpoint_row generating(std::string_view path, endpoint what, speaker speaks) {
    return {"POST", path, what, true, false, audience::keys, speaks};
}
constexpr endpoint_row generating(std::string_view path, speaker speaks) {
    return generating(path, endpoint::generate, speaks);
}
constexpr endpoint_row stopping(
    audience whom, std::string_view path, endpoint what, speaker speaks
) {
    return {"DELETE", path, what, false, true, whom, speaks};
}

constexpr std::array table{
    open("GET", "/", endpoint::page),
    open("GET", "/dashboard", endpoint::dashboard),
    open("GET", "/pages/{}", endpoint::page_file),
    open("GET", "/session", endpoint::session_read),
    open("POST", "/session", endpoint::session_begin),
    open("DELETE", "/session", endpoint::session_end),
    open("GET", "/livez", endpoint::live),
    open("GET", "/healthz", endpoint::live),
    open("GET", "/readyz", endpoint::ready),
    operated("/metrics", endpoint::metrics),
    keyed("GET", "/v1/models", endpoint::models, openai_chat_dialect),
    keyed("GET", "/v1/models/{}", endpoint::model, openai_chat_dialect),
    generating("/v1/streams", endpoint::native_post, native_dialect),
    generating("/v1/stream", endpoint::native_post, native_dialect),
    endpoint_row{
        "GET",
        "/v1/stream",
        endpoint::native_get,
        true,
        false,
        audience::everybody,
        native_dialect},
    operated("/v1/streams", endpoint::stream_list),
    open("GET", "/v1/streams/{}", endpoint::stream_attach),
    stopping(audience::everybody, "/v1/streams/{}", endpoint::stream_stop, native_dialect),
    operated("/v1/targets", endpoint::target_list),
    operated("/v1/keys", endpoint::key_list),
    operated("/v1/log", endpoint::log_read),
    changing("/v1/log", endpoint::log_change),
    operated("/v1/events", endpoint::live_events),
    generating("/v1/chat/completions", openai_chat_dialect),
    generating("/v1/completions", openai_completions_dialect),
    generating("/v1/responses", openai_responses_dialect),
    generating("/v1/embeddings", openai_embeddings_dialect),
    generating("/v1/messages", anthropic_messages_dialect),
    generating("/v1/messages/count_tokens", anthropic_count_tokens_dialect),
    generating("/v1beta/models/{}", endpoint::gemini, gemini_dialect),
    generating("/v1/models/{}", endpoint::gemini, gemini_dialect),
    generating("/api/chat", ollama_chat_dialect),
    generating("/api/generate", ollama_generate_dialect),
    keyed("GET", "/api/tags", endpoint::ollama_tags, ollama_chat_dialect),
    open("GET", "/api/version", endpoint::ollama_version, ollama_chat_dialect),
    generating("/v1/ui/chat", endpoint::ui_post, ui_messages_dialect),
    keyed("GET", "/v1/ui/chat/{}/stream", endpoint::ui_resume, ui_messages_dialect),
    stopping(audience::keys, "/v1/ui/chat/{}/stream", endpoint::ui_stop, ui_messages_dialect),
};

/// What `path` holds in the place of the pattern's {}: "" where there is none; nothing if it
/// differs.
std::optional<std::string_view> match_path(std::string_view pattern, std::string_view path) {
    const auto gap = pattern.find("{}");
    if (gap == std::string_view::npos) {
        return pattern == path ? std::optional<std::string_view>{""} : std::nullopt;
    }
    const auto before = pattern.substr(0, gap);
    const auto after = pattern.substr(gap + 2);
    if (!path.starts_with(before) || !path.ends_with(after) ||
        path.size() <= before.size() + after.size()) {
        return std::nullopt;
    }
    return path.substr(before.size(), path.size() - before.size() - after.size());
}

/// The API that a path without an endpoint seems to be meant for.
const dialect& dialect_near(std::string_view path) {
    if (path.starts_with("/v1/stream") || path == "/v1/events") return native_dialect();
    if (path.starts_with("/v1/messages")) return anthropic_messages_dialect();
    if (path.starts_with("/v1/")) return openai_chat_dialect();
    if (path.starts_with("/v1beta/")) return gemini_dialect();
    if (path.starts_with("/api/")) return ollama_chat_dialect();
    return native_dialect();
}

/// HEAD is GET without the body, where GET is harmless.
bool method_fits(const endpoint_row& row, std::string_view method) {
    if (row.method == method) return true;
    return method == "HEAD" && row.method == "GET" && !row.generates &&
           row.endpoint != endpoint::stream_attach && row.endpoint != endpoint::ui_resume &&
           row.endpoint != endpoint::live_events;
}

void allow(std::string& list, std::string_view method) {
    if (!list.empty()) list += ", ";
    list += method;
}

}  // namespace

route_lookup find_endpoint(std::string_view method, std::string_view path, listener_role by) {
    route_lookup lookup;
    for (const auto& row : table) {
        const auto argument = match_path(row.path, path);
        if (!argument || !is_served(row.audience, row.endpoint, by)) continue;
        lookup.name = row.path;
        if (method_fits(row, method)) {
            lookup.match = route_match{
                row.endpoint,
                std::string{*argument},
                &row.speaks(),
                row.path,
                row.generates,
                row.stops,
                row.changes,
                row.audience};
        }
        allow(lookup.allow, row.method);
        if (method_fits(row, "HEAD")) allow(lookup.allow, "HEAD");
    }
    if (!lookup.allow.empty()) allow(lookup.allow, "OPTIONS");
    return lookup;
}

const dialect& dialect_of(std::string_view path) {
    for (const auto& row : table) {
        if (match_path(row.path, path)) return row.speaks();
    }
    return dialect_near(path);
}

}  // namespace sluice::gateway
