#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// A function call's arguments that come bit by bit, each with the JSON path where it belongs
/// (`streamFunctionCallArguments`): put together again.
class gemini_partial_args {
 public:
    /// What one call may hold. The longest are files that a model writes.
    static constexpr std::size_t bytes_max = 2U << 20;

    /// Takes an array of `{jsonPath, stringValue | numberValue | boolValue | nullValue}`. False
    /// where they contradict each other or are too much.
    bool add(const nlohmann::json& parts);

    /// The object, as JSON text.
    std::string text() const;

 private:
    bool add_part(const nlohmann::json& part);
    nlohmann::ordered_json* at(std::string_view path);
    nlohmann::ordered_json* step_into(nlohmann::ordered_json* node, std::string_view& path);

    nlohmann::ordered_json made_ = nlohmann::ordered_json::object();
    std::size_t bytes_ = 0;
};

}  // namespace sluice::upstream
