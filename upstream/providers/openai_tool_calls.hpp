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
/// call is announced when its name is known, and its name and id only once; that gives it its
/// index.
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

    /// No call was announced.
    bool empty() const { return announced_ == 0; }
    /// Arguments came for a call whose name did not: at the answer's end, they are lost.
    bool lacks_name() const;
    /// What is kept of calls, in bytes.
    std::size_t held_bytes() const { return held_bytes_; }
    /// The index of the call with an id, if it was announced; else -1.
    int position_of(std::string_view id) const;
    /// The same of the call that a fragment, which was read, belongs to.
    int position_of_fragment(const nlohmann::json& fragment) const;

 private:
    struct call_state {
        std::int64_t provider_index = 0;
        std::string id;
        std::string name;
        std::string early_arguments;
        int index = -1;  ///< as it is told; -1 until it is announced
        bool has_arguments = false;

        bool announced() const { return index >= 0; }
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
    void hold(call_state& call, std::string_view arguments);
    void emit(call_state& call, const fragment& part, batch_texts& texts, batch& out);

    int choice_;
    std::vector<call_state> calls_;
    int announced_ = 0;
    std::size_t held_bytes_ = 0;
};

}  // namespace sluice::upstream
