#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// The vocabulary of a generation. Client dialects and providers speak only this.
///
/// What goes up is a `request`; what comes back is a sequence of `item`s and one `ending`.
namespace sluice::upstream {

// ---- what goes up ----

enum class role { system, developer, user, assistant, tool };

struct text_part {
    std::string text;
};
struct image_part {
    std::string url;     ///< http(s) URL, or a `data:` URL with base64
    std::string detail;  ///< empty: not said
};
struct audio_part {
    std::string data;  ///< base64
    std::string format;
};
struct file_part {
    std::string id;    ///< a provider's file id, or empty
    std::string data;  ///< `data:` URL, or empty
    std::string name;
};
using content_part = std::variant<text_part, image_part, audio_part, file_part>;

struct tool_call {
    std::string id;
    std::string name;
    std::string arguments;  ///< JSON text as the model wrote it; may be invalid
};

struct message {
    upstream::role role = role::user;
    std::vector<content_part> content;
    std::string name;
    std::vector<tool_call> tool_calls;  ///< of an assistant
    std::string tool_call_id;           ///< of a tool's result
};

struct tool {
    std::string name;
    std::string description;
    nlohmann::json parameters;  ///< JSON schema; null: none
    std::optional<bool> strict;
};

struct tool_choice {
    enum class mode { automatic, none, required, named };
    mode how = mode::automatic;
    std::string name;  ///< of `named`
};

struct response_format {
    enum class form { text, json_object, json_schema };
    form kind = form::text;
    std::string name;
    nlohmann::json schema;
    std::optional<bool> strict;
};

/// A prompt with its parameters, in no provider's words. Absent means: the provider's default.
struct request {
    std::string model;  ///< as the client named it
    std::vector<message> messages;
    std::vector<tool> tools;
    std::optional<upstream::tool_choice> tool_choice;
    std::optional<bool> parallel_tool_calls;
    std::optional<upstream::response_format> response_format;
    std::optional<std::int64_t> max_tokens;
    std::optional<double> temperature;
    std::optional<double> top_p;
    std::optional<double> frequency_penalty;
    std::optional<double> presence_penalty;
    std::optional<std::int64_t> seed;
    std::vector<std::string> stop;
    int choices = 1;  ///< `n`
    std::optional<bool> logprobs;
    std::optional<int> top_logprobs;
    std::string reasoning_effort;
    std::string user;
};

/// The client APIs that can be relayed transparently by a provider of the same protocol.
enum class api { native, openai_chat };

using header_list = std::vector<std::pair<std::string, std::string>>;

/// One client request on its way to a target: decoded, and as it came.
struct call {
    upstream::request request;
    upstream::api api = api::native;
    std::string body;         ///< the JSON body as it came; empty where there was none
    bool stream = true;       ///< false: the client wants one document
    bool want_usage = false;  ///< the client asked to see usage in its stream
    header_list headers;      ///< the client's, lower-case names; an allow-list picks from them
    std::map<std::string, std::string> mock;  ///< `X-Mock-*` settings by suffix, lower case: "rate"
};

// ---- what comes back ----
// until the next `take` on the source that made them.

struct text_delta {
    int choice = 0;
    std::string_view text;
};
struct reasoning_delta {
    int choice = 0;
    std::string_view text;
};
struct refusal_delta {
    int choice = 0;
    std::string_view text;
};
/// A part of one tool call. `id` and `name` come with its first part and are empty afterwards.
struct tool_call_delta {
    int choice = 0;
    int index = 0;  ///< dense from 0 within the choice
    std::string_view id;
    std::string_view name;
    std::string_view arguments;
};
struct media_delta {
    int choice = 0;
    std::string_view type;  ///< media type, as image/png
    std::string_view data;  ///< base64
};

enum class finish_reason { stop, length, tool_calls, content_filter };
/// In the words of OpenAI's chat completions, which the native dialect shares.
std::string_view to_string(finish_reason value);

struct finish {
    int choice = 0;
    finish_reason reason = finish_reason::stop;
};

/// Tokens as the provider counts them. Absent is not zero; the latest report wins.
struct usage {
    std::optional<std::int64_t> input_tokens;   ///< all of the prompt, cached or not
    std::optional<std::int64_t> output_tokens;  ///< reasoning included
    std::optional<std::int64_t> total_tokens;
    std::optional<std::int64_t> cached_tokens;
    std::optional<std::int64_t> cache_write_tokens;
    std::optional<std::int64_t> reasoning_tokens;

    bool operator==(const usage&) const = default;
};

/// What the provider calls this answer.
struct identity {
    std::string_view id;
    std::string_view model;
    std::int64_t created = 0;  ///< Unix seconds; 0: not said
};

/// The transparent way: one whole frame, or one whole document, in the provider's own bytes.
/// Its meaning comes beside it as the other items of the same batch, for metering only.
struct verbatim {
    std::string_view bytes;
    bool content =
        false;  ///< carries first content: text, reasoning, refusal, tool call, media, finish
};

using item = std::variant<
    text_delta,
    reasoning_delta,
    refusal_delta,
    tool_call_delta,
    media_delta,
    finish,
    usage,
    identity,
    verbatim>;

/// How a stream ended, in one word for log, metrics and the client.
enum class outcome {
    completed,            ///< the protocol's own terminal event was decoded
    client_gone,          ///< the last reader left and the policy was to cancel
    upstream_error,       ///< the provider refused, or reported an error in its stream
    upstream_eof,         ///< the provider's stream broke off without its terminal event
    first_token_timeout,  ///< no content within `first_token_timeout`
    progress_timeout,     ///< no further content within `progress_timeout`
    deadline,             ///< `total_timeout`
    gap,                  ///< a reader asked for what has left the journal
    slow_reader,          ///< a reader took nothing for too long
    cancelled,            ///< somebody stopped it
    budget,               ///< a limit of tokens or cost was spent
    drained,              ///< the gateway shut down
    rejected,             ///< refused before anything was generated
    shed,                 ///< refused because of overload
};
inline constexpr std::size_t outcome_count = 14;
std::string_view to_string(outcome value);

/// Why a generation failed, in no dialect's words. Holds no credentials.
struct failure {
    upstream::outcome outcome = outcome::upstream_error;
    int status = 502;     ///< what an HTTP client should see while the status line is unsent
    std::string type;     ///< the dialect-neutral kind, such as rate_limit_error
    std::string message;  ///< for people
    std::string code;     ///< the provider's own code, or empty
    std::string param;    ///< the request field at fault, or empty
    bool retryable = false;
    std::string retry_after;  ///< the provider's Retry-After as it came, or empty
};

/// How the generation ended. `completed` has no failure; every other outcome has one.
struct ending {
    upstream::outcome outcome = outcome::completed;
    std::optional<upstream::failure> failure;
};

}  // namespace sluice::upstream
