#pragma once

#include "gateway/dialects/json_input.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::gateway {

/// Reads members of one object of Gemini's, which takes each name in camelCase and in snake_case.
/// Like `fields` otherwise; names are given in camelCase.
class gemini_fields {
 public:
    gemini_fields(
        const nlohmann::json& object, std::string path, std::optional<upstream::failure>& problem
    )
        : object_(object), reader_(object, std::move(path), problem) {}

    std::optional<std::string> text(std::string_view key) { return reader_.text(spelled(key)); }
    std::optional<bool> boolean(std::string_view key) { return reader_.boolean(spelled(key)); }
    std::optional<double> number(std::string_view key, double least, double most) {
        return reader_.number(spelled(key), least, most);
    }
    std::optional<std::int64_t> integer(
        std::string_view key, std::int64_t least, std::int64_t most
    ) {
        return reader_.integer(spelled(key), least, most);
    }
    const nlohmann::json* object(std::string_view key) { return reader_.object(spelled(key)); }
    const nlohmann::json* array(std::string_view key) { return reader_.array(spelled(key)); }
    const nlohmann::json* any(std::string_view key) { return reader_.any(spelled(key)); }

    bool failed() const { return reader_.failed(); }
    void fail(std::string_view key, std::string_view what) { reader_.fail(spelled(key), what); }
    void fail_missing(std::string_view key) { reader_.fail_missing(spelled(key)); }
    std::string path_of(std::string_view key) const { return reader_.path_of(spelled(key)); }

 private:
    /// As the client spelled it.
    std::string spelled(std::string_view key) const {
        std::string name(key);
        if (object_.contains(name)) return name;
        auto snake = snake_case(key);
        return object_.contains(snake) ? snake : name;
    }
    static std::string snake_case(std::string_view camel) {
        std::string name;
        for (const char c : camel) {
            if (c >= 'A' && c <= 'Z') {
                name += '_';
                name += static_cast<char>(c - 'A' + 'a');
            } else {
                name += c;
            }
        }
        return name;
    }

    const nlohmann::json& object_;
    fields reader_;
};

/// The path of an array's element.
inline std::string element_path(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

}  // namespace sluice::gateway
