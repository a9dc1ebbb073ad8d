#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// Gathers the fragments of one choice's tool calls under dense indices.
///
/// A fragment belongs to the call with its `index`. Where servers leave the index out, or use one
/// for several calls, an id together with a name that are not the current call's begin a new one. A
/// call is announced when its name is known, and its name and id only once.
class openai_tool_calls {
 public:
    /// More than any answer has; a bound for what a hostile server makes us remember.
    static constexpr std::size_t calls_max = 256;
    /// Arguments that come before their call's name are held back up to here.
    static constexpr std::size_t early_bytes_max = 64 * 1024;

    explicit openai_tool_calls(int choice) : choice_(choice) {}

    /// Reads `delta.tool_calls`. False: a bound was passed.
    bool read(const nlohmann::json& fragments, batch_texts& texts, batch& out);
    /// Reads the older `delta.function_call`, which is the choice's only call.
    bool read_function(const nlohmann::json& function, batch_texts& texts, batch& out);

    bool empty() const { return calls_.empty(); }

 private:
    struct call_state {
        std::int64_t provider_index = 0;
        std::string id;
        std::string name;
        std::string early_arguments;
        bool announced = false;
        bool has_arguments = false;
    };
    struct fragment {
        std::int64_t provider_index = no_index;
        std::string_view id;
        std::string_view name;
        std::string arguments;
    };
    static constexpr std::int64_t no_index = -1;

    static fragment parse(const nlohmann::json& json);
    call_state* find_call(const fragment& part);
    static bool begins_another(const call_state& call, const fragment& part);
    bool take(fragment part, batch_texts& texts, batch& out);
    void emit(call_state& call, const fragment& part, batch_texts& texts, batch& out);

    int choice_;
    std::vector<call_state> calls_;
};

}  // namespace sluice::upstream
