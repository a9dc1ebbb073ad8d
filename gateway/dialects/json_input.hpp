#pragma once

#include "upstream/generation.hpp"

#include <boost/system/result.hpp>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// A 400 for people: what is wrong, and the path of the field at fault.
upstream::failure bad_request(std::string message, std::string param = {});

/// The code of a body that is no JSON at all.
inline constexpr std::string_view invalid_json_code = "invalid_json";

/// How deep a body may nest objects and arrays.
inline constexpr std::size_t json_depth_max = 64;
/// How many values it may hold. Each becomes some 100 bytes of a tree, and no conversation has so
/// many.
inline constexpr std::size_t json_values_max = 200'000;

/// Parses a request body: one JSON object in valid UTF-8, nested at most json_depth_max deep, of at
/// most json_values_max values and without duplicate top-level keys (there must be no two readings
/// of `model`). Uses no stack by depth.
boost::system::result<nlohmann::json, upstream::failure> parse_object(std::string_view body);

/// Notes the keys of a body that its dialect knows nothing of: they go on the transparent way
/// alone.
void note_unknown(
    const nlohmann::json& body,
    std::initializer_list<std::string_view> known,
    std::vector<std::string>& dropped
);

/// Reads members of one JSON object by name and type. A member that is absent or null is nothing.
/// The first problem found is kept and everything read afterwards is nothing.
class fields {
 public:
    /// `object` and `problem` outlive this. `path` is what messages call the object, "" for the
    /// body.
    fields(
        const nlohmann::json& object, std::string path, std::optional<upstream::failure>& problem
    )
        : object_(object), path_(std::move(path)), problem_(problem) {}

    std::optional<std::string> text(std::string_view key);
    std::optional<bool> boolean(std::string_view key);
    std::optional<double> number(std::string_view key, double least, double most);
    std::optional<std::int64_t> integer(
        std::string_view key, std::int64_t least, std::int64_t most
    );
    const nlohmann::json* object(std::string_view key);
    const nlohmann::json* array(std::string_view key);
    /// Any type; nothing if absent or null.
    const nlohmann::json* any(std::string_view key);

    bool failed() const { return problem_.has_value(); }
    void fail(std::string_view key, std::string_view what);
    void fail_missing(std::string_view key);
    std::string path_of(std::string_view key) const;

 private:
    const nlohmann::json* find(
        std::string_view key, bool (*fits)(const nlohmann::json&), std::string_view what
    );

    const nlohmann::json& object_;
    std::string path_;
    std::optional<upstream::failure>& problem_;
};

}  // namespace sluice::gateway
