#pragma once

#include <span>
#include <string_view>

namespace sluice::upstream {

struct provider_settings;

/// A host that speaks OpenAI's chat completions with an accent of its own.
struct openai_host {
    /// In which words it is told how much to think.
    enum class thinking {
        effort,   ///< `reasoning_effort`
        object,   ///< `reasoning: {effort | max_tokens, enabled, exclude}`
        toggle,   ///< `thinking: {type: enabled | disabled}`
        both,     ///< `thinking` and `reasoning_effort`
        nothing,  ///< in none
    };
    /// How it asks for the probabilities of tokens.
    enum class probabilities { flag, count, none };
    /// In which form it wants earlier thoughts back.
    enum class thoughts {
        none,
        calls,    ///< `reasoning_content` of messages that call tools
        content,  ///< `reasoning_content` of every message
        details,  ///< `reasoning_details`
    };

    /// How it is told that the last message is the beginning of its own answer.
    enum class beginning {
        unsaid,  ///< it takes a last message of the assistant's for one, or can't be told
        fields,  ///< `continue_final_message` without `add_generation_prompt`
        mark,    ///< `prefix` in the message
    };

    std::string_view name;      ///< of its kind in the configuration
    std::string_view base_url;  ///< empty: has to be configured
    std::string_view domain;    ///< the end of its addresses' host; empty: anywhere

    std::string_view max_tokens = "max_tokens";
    std::string_view seed = "seed";               ///< empty: takes none
    std::string_view required_tool = "required";  ///< for a tool that must be called; empty: none
    thinking reasoning = thinking::effort;
    thoughts history = thoughts::none;
    probabilities logprobs = probabilities::flag;
    double temperature_max = 2;
    int stops_max = 16;

    bool developer_role = false;  ///< knows the role `developer`; else it is said as `system`
    bool wide_effort = false;     ///< knows efforts besides low, medium and high
    bool stream_options = true;   ///< can be asked for usage; else it is told anyway
    bool tools = true;
    bool named_tool = true;      ///< a tool can be demanded by name
    bool no_tool = true;         ///< has a word for that no tool may be called
    bool parallel_calls = true;  ///< calls can be demanded one at a time
    bool many_choices = true;    ///< `n` above 1
    bool json_schema = true;     ///< response_format may name a schema
    bool json_object = true;     ///< response_format may be any object
    bool images = true;          ///< in the prompt
    bool audio = true;           ///< in the prompt
    bool files = true;           ///< in the prompt
    bool file_urls = false;      ///< a file's data may be its URL
    bool audio_output = true;
    bool image_output = true;
    bool short_call_ids = false;   ///< ids of tool calls have to be nine letters or digits
    bool call_signatures = false;  ///< wants Gemini's signatures back on the tool calls
    bool turns = false;            ///< user and assistant have to alternate
    bool names = true;             ///< messages may bear a name
    bool top_k = false;
    bool user = true;
    bool metadata = false;
    bool penalties = true;
    beginning prefill = beginning::unsaid;
    bool prefills = false;  ///< is known to go on with an answer that it is given the beginning of
};

/// The hosts that are known by name.
std::span<const openai_host> openai_hosts();
/// The one of that name; null: none is known by it.
const openai_host* find_openai_host(std::string_view name);
/// The one at an address, for those that are configured without their name; else an ordinary one.
const openai_host& openai_host_at(std::string_view base_url);
/// The one that a provider is.
const openai_host& openai_host_of(const provider_settings& provider);

}  // namespace sluice::upstream
