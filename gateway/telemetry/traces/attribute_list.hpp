#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// Attributes in the JSON of OTLP, written as they come. What is not there is left out: an empty
/// text, a number that is none.
class attribute_list {
 public:
    void text(std::string_view name, std::string_view value);
    void integer(std::string_view name, std::optional<std::int64_t> value);
    void real(std::string_view name, std::optional<double> value);
    void flag(std::string_view name, bool value);
    void texts(std::string_view name, std::span<const std::string> values);

    /// A JSON array.
    std::string json() const { return '[' + members_ + ']'; }

 private:
    void begin(std::string_view name, std::string_view kind);

    std::string members_;
};

}  // namespace sluice::gateway
