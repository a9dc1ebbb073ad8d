#pragma once

#include "upstream/attempt_record.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
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

/// What a model wants back unread with its next prompt: the signature of its thoughts, thoughts
/// that are encrypted, thoughts that are redacted. Of use to the protocol that made it and to no
/// other.
struct reasoning_state {
    enum class origin { anthropic, gemini, openai_responses, other };
    enum class form { signature, redacted, encrypted };
    origin from = origin::other;
    form how = form::signature;
    std::string data = {};  ///< opaque
    std::string id = {};    ///< what the provider calls it, or empty

    bool operator==(const reasoning_state&) const = default;
};

struct text_part {
    std::string text;
    std::optional<reasoning_state> state = {};  ///< Gemini signs texts too
};
struct image_part {
    std::string url;      ///< http(s) URL, or a `data:` URL with base64
    std::string detail;   ///< empty: not said
    std::string id = {};  ///< a provider's file id where there is no URL
};
struct audio_part {
    std::string data;    ///< base64
    std::string format;  ///< wav, mp3, ...: the second half of the media type
};
struct file_part {
    std::string id;    ///< a provider's file id, or empty
    std::string data;  ///< `data:` URL, or empty
    std::string name;
    std::string url = {};   ///< http(s) or a provider's own scheme (gs:, s3:), or empty
    std::string type = {};  ///< media type where `url` or `id` stands; may be empty
};
/// Thoughts of an earlier answer. Text, or opaque state, or both.
struct reasoning_part {
    std::string text;
    std::optional<reasoning_state> state = {};
};
using content_part = std::variant<text_part, image_part, audio_part, file_part, reasoning_part>;

struct tool_call {
    std::string id;
    std::string name;
    std::string arguments;  ///< JSON text as the model wrote it; may be invalid
    std::optional<reasoning_state> state = {};
};

struct message {
    upstream::role role = role::user;
    std::vector<content_part> content;
    std::string name;
    std::vector<tool_call> tool_calls;  ///< of an assistant
    std::string tool_call_id;           ///< of a tool's result
    bool failed = false;                ///< a tool's result that is an error
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

/// How much a model is to think before it answers, and what is to be seen of it.
struct reasoning_wish {
    std::optional<bool> enabled;         ///< false: not at all
    std::string effort;                  ///< none, minimal, low, medium, high, ...; empty: not said
    std::optional<std::int64_t> budget;  ///< tokens
    std::string summary;                 ///< auto, concise, detailed; empty: not said
    std::optional<bool> visible;         ///< thoughts are to be told

    bool said() const { return enabled || !effort.empty() || budget; }
};

/// Texts to be made into vectors.
struct embedding_request {
    std::vector<std::string> inputs;
    std::optional<std::int64_t> dimensions;
    bool base64 = false;  ///< the client wants little-endian floats in base64
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
    std::optional<std::int64_t> top_k;
    reasoning_wish reasoning;
    std::string user;
    nlohmann::json metadata;                     ///< an object of texts, or null
    std::vector<std::string> output_modalities;  ///< text, audio, image; empty: text
    /// The last message, the assistant's, is the beginning of the answer that is to be gone on
    /// with.
    bool prefilled = false;
};

/// The client APIs. A provider that speaks the same one relays it transparently.
enum class api {
    native,
    openai_chat,
    openai_completions,
    openai_responses,
    openai_embeddings,
    anthropic_messages,
    anthropic_count_tokens,
    gemini,
    ollama_chat,
    ollama_generate,
    ui_messages,
};
inline constexpr std::size_t api_count = 11;

using header_list = std::vector<std::pair<std::string, std::string>>;

/// One client request on its way to a target: decoded, and as it came.
struct call {
    upstream::request request;
    upstream::api api = api::native;
    std::string body;         ///< the JSON body as it came; empty where there was none
    bool stream = true;       ///< false: the client wants one document
    bool want_usage = false;  ///< the client asked to see usage in its stream
    /// What only a provider of the client's own protocol can carry, by the client's own path:
    /// leaving it out would change the meaning. A codec that translates refuses the call.
    std::vector<std::string> untranslatable;
    std::optional<embedding_request> embedding;  ///< of openai_embeddings
    /// What the client's dialect calls a field of `request`, whose name here is that of OpenAI's
    /// chat completions. Null: the same.
    std::string_view (*field_name)(std::string_view) = nullptr;
    header_list headers;  ///< the client's, lower-case names; an allow-list picks from them
    /// How long connecting may take; nothing: as long as the provider has it.
    std::optional<std::chrono::milliseconds> connect_timeout;
    std::map<std::string, std::string> mock;  ///< `X-Mock-*` settings by suffix, lower case: "rate"
    std::optional<trace_parent> trace;  ///< nothing: not traced, the client's own header goes up
};

// ---- what comes back ----
// Views are good until the next `take` on the source that made them.

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
    std::string_view type;             ///< media type, as image/png
    std::string_view data;             ///< base64, decodable by itself
    std::string_view transcript = {};  ///< of spoken words, what they say
};
/// Opaque state for the next prompt. It belongs to the reasoning before it, or to one tool call.
struct reasoning_state_delta {
    int choice = 0;
    reasoning_state::origin from = reasoning_state::origin::other;
    reasoning_state::form how = reasoning_state::form::signature;
    std::string_view data;
    std::string_view id;
    int tool_call = -1;    ///< the index of the tool call that it signs; -1: none
    bool of_text = false;  ///< it signs the text before it
};
/// Where something in the text comes from.
struct citation_delta {
    int choice = 0;
    std::string_view url;
    std::string_view title;
    std::string_view cited_text;  ///< the source's words
    /// Which characters (Unicode code points) of the choice's text it supports; -1: not said.
    std::int64_t begin = -1;
    std::int64_t end = -1;
};
/// The probabilities of tokens whose text comes in the item behind this one.
struct logprobs_delta {
    int choice = 0;
    /// JSON array of `{token, logprob, bytes, top_logprobs}`, as chat completions have it.
    std::string_view content;
    bool refusal = false;  ///< of a refusal's tokens
};
/// One vector of an embedding.
struct embedding_delta {
    int index = 0;
    std::string_view numbers;  ///< JSON array of numbers
};

enum class finish_reason { stop, length, tool_calls, content_filter };
/// In the words of OpenAI's chat completions, which the native dialect shares.
std::string_view to_string(finish_reason value);

struct finish {
    int choice = 0;
    finish_reason reason = finish_reason::stop;
    std::string_view native = {};         ///< the provider's own word, or empty
    std::string_view stop_sequence = {};  ///< the stop string that was hit, or empty
};

/// Tokens as the provider counts them. Absent is not zero; the latest report wins.
struct usage {
    std::optional<std::int64_t> input_tokens;   ///< all of the prompt, cached or not
    std::optional<std::int64_t> output_tokens;  ///< reasoning included
    std::optional<std::int64_t> total_tokens;
    std::optional<std::int64_t> cached_tokens;
    std::optional<std::int64_t> cache_write_tokens;
    std::optional<std::int64_t> reasoning_tokens;
    std::optional<std::int64_t> input_audio_tokens;
    std::optional<std::int64_t> output_audio_tokens;

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
    reasoning_state_delta,
    citation_delta,
    logprobs_delta,
    embedding_delta,
    finish,
    usage,
    identity,
    verbatim>;

/// Whether an item is about one token of output: a text, a thought, a refusal, a part of a tool
/// call or of media. A finish is content, but no token.
bool is_output_token(const item& item);

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

/// What may help where an attempt failed; by this alone routing decides.
enum class remedy {
    none,       ///< nothing: the request is at fault, not the target
    skip,       ///< another target: this one can't carry the request, and was not asked
    elsewhere,  ///< another target: this one would fail again
    again,      ///< another target, or the same one once more
};

/// Why a generation failed, in no dialect's words. Holds no credentials.
struct failure {
    upstream::outcome outcome = outcome::upstream_error;
    int status = 502;        ///< what an HTTP client should see while the status line is unsent
    std::string type;        ///< the dialect-neutral kind, such as rate_limit_error
    std::string message;     ///< for people
    std::string code;        ///< the provider's own code, or empty
    std::string param;       ///< the request field at fault, or empty
    bool retryable = false;  ///< the client may ask again
    upstream::remedy remedy = remedy::none;
    std::string retry_after;  ///< the provider's Retry-After as it came, or empty
    std::string request_id;   ///< the provider's, or empty
};

/// How the generation ended. `completed` has no failure; every other outcome has one.
struct ending {
    upstream::outcome outcome = outcome::completed;
    std::optional<upstream::failure> failure;
};

}  // namespace sluice::upstream
