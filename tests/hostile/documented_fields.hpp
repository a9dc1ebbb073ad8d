#pragma once

#include "tests/end_to_end/support/http.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

/// Every documented field of every dialect, with values that it must not have.
namespace sluice::hostile {

/// The shapes in which dialects refuse.
enum class error_shape { native, openai, anthropic, gemini, ollama };

/// One field: where it stands in a body, and JSON texts for it.
struct documented_field {
    std::string pointer;                ///< RFC 6901, from the body
    std::vector<std::string> bad;       ///< refused, each, with the field's name
    std::vector<std::string> odd = {};  ///< legal, or refused in the same way
    std::string called = {};  ///< what the refusal says in place of the pointer's last member
};

/// One endpoint with the least body that it answers.
struct surface {
    std::string name;
    std::string path;
    error_shape shape = error_shape::openai;
    nlohmann::json body;
    std::string text;  ///< RFC 6901: where the answer has its text; empty where it has none
    std::vector<documented_field> fields = {};
};

const std::vector<surface>& all_surfaces();

/// What is wrong with a refusal's shape; empty where it is its dialect's own.
std::string complaint_about_shape(const surface& where, const end_to_end::http_response& answer);

/// The body with that JSON text at that place. The text may be no JSON that a library would write.
std::string body_with(const surface& where, const std::string& pointer, const std::string& value);

// Values that are wrong for a type, as JSON texts.
using texts = std::vector<std::string>;
texts no_text();
texts no_boolean();
texts no_list();
texts no_object();
/// Wrong types, and numbers beyond the bounds.
texts no_number(const texts& beyond);
texts no_integer(const texts& beyond);
texts operator+(texts left, const texts& right);

// The parts of the table.
void add_chat(std::vector<surface>& to);    ///< chat completions, native, UI messages
void add_openai(std::vector<surface>& to);  ///< completions, responses, embeddings
void add_anthropic(std::vector<surface>& to);
void add_gemini_and_ollama(std::vector<surface>& to);

}  // namespace sluice::hostile
