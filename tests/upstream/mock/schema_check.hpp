#pragma once

#include <nlohmann/json.hpp>

#include <string>

namespace sluice::test {

/// The whole of `text` matches the regular expression.
bool matches_whole(const std::string& text, const std::string& pattern);

/// Checks a value against a JSON schema. Written apart from the mock's maker of instances, to judge
/// it; for the tests' own schemas, which end.
class schema_check {
 public:
    explicit schema_check(nlohmann::json document) : document_(std::move(document)) {}

    bool accepts(const nlohmann::json& value) const { return valid(document_, value); }

 private:
    using json = nlohmann::json;

    bool valid(const json& schema, const json& value) const;
    bool valid_combination(const json& schema, const json& value) const;
    bool valid_object(const json& schema, const json& value) const;
    bool valid_array(const json& schema, const json& value) const;

    json document_;
};

}  // namespace sluice::test
