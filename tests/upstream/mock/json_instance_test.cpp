#include "upstream/mock/json_instance.hpp"

#include "tests/upstream/mock/schema_check.hpp"
#include "upstream/mock/json_string.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream::mock {
namespace {

using nlohmann::json;

void expect_instances(std::string_view text) {
    const json schema = json::parse(text);
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        const json value = make_instance(schema, seed);
        EXPECT_TRUE(test::schema_check(schema).accepts(value)) << schema << "\n" << value;
        EXPECT_EQ(value, make_instance(schema, seed)) << schema;
    }
}

TEST(MockJsonInstance, SatisfiesEveryKindOfSchema) {
    for (const std::string_view schema : {
             R"({"type": "null"})",
             R"({"type": "boolean"})",
             R"({"type": ["string", "null"]})",
             R"({"type": ["null", "integer"], "minimum": 5})",
             R"({"const": {"a": [1, 2.5, null]}})",
             R"({"enum": ["red", "green", 3, null]})",
             R"({"type": "string", "enum": ["red", 3, "green"]})",
             R"({"type": "integer", "minimum": -3, "maximum": 3})",
             R"({"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5})",
             R"({"type": "integer", "multipleOf": 7, "minimum": 100})",
             R"({"type": "integer", "maximum": -1000000})",
             R"({"type": "integer", "multipleOf": 1.5, "minimum": 10})",
             R"({"type": "number", "minimum": 0, "maximum": 0})",
             R"({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1})",
             R"({"type": "number", "multipleOf": 0.01, "minimum": 5})",
             R"({"type": "number", "minimum": 1e300})",
             R"({"type": "number", "minimum": -1e308, "maximum": 1e308})",
             R"({"type": "string", "minLength": 40})",
             R"({"type": "string", "maxLength": 3})",
             R"({"type": "string", "maxLength": 0})",
             R"({"type": "string", "minLength": 5, "maxLength": 5, "format": "email"})",
             R"({"type": "string", "pattern": "^[A-Z]{3}-\\d{4}$"})",
             R"({"type": "string", "pattern": "^(\\+49|0)[1-9][0-9]{2,}$", "minLength": 12})",
             R"({"type": "array"})",
             R"({"type": "array", "items": {"type": "integer"}, "minItems": 9, "maxItems": 9})",
             R"({"type": "array", "items": {"type": "string"}, "maxItems": 0})",
             R"({"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": true})",
             R"({"type": "array", "prefixItems": [{"type": "string"}, {"type": "null"}],
                 "items": false})",
             R"({"type": "array", "items": [{"type": "boolean"}], "additionalItems":
                 {"type": "integer"}, "minItems": 4})",
             R"({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "number"},
                 "c": {"type": "boolean"}}, "required": ["b", "z"]})",
             R"({"properties": {"a": {"type": "string"}}, "required": ["a"],
                 "additionalProperties": false})",
             R"({"type": "object", "additionalProperties": {"type": "integer"}, "required": ["x"],
                 "minProperties": 4})",
             R"({"type": "object", "properties": {"a": {}, "b": {}, "c": {}}, "maxProperties": 1})",
             R"({"type": "object", "properties": {"never": false, "ok": true}})",
             R"({"anyOf": [false, {"type": "integer", "minimum": 5, "maximum": 4},
                 {"type": "string", "maxLength": 4}]})",
             R"({"oneOf": [{"type": "object", "properties": {"kind": {"const": "a"}},
                 "required": ["kind"]}, {"type": "object", "properties": {"kind": {"const": "b"}},
                 "required": ["kind"]}]})",
             R"({"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"],
                 "anyOf": [{"required": ["x"]}, {"required": ["y"]}]})",
             R"({"allOf": [{"type": "object", "properties": {"a": {"type": "integer"}},
                 "required": ["a"]}, {"properties": {"a": {"minimum": 7}, "b": {"type": "null"}},
                 "required": ["b"]}]})",
             R"({"type": "object", "allOf": [{"anyOf": [{"required": ["p"]}, {"required": ["q"]}]},
                 {"oneOf": [{"properties": {"p": {"const": 1}}, "required": ["p"]},
                 {"properties": {"p": {"const": 2}}, "required": ["p"]}]}]})",
             R"({"minimum": 4, "maximum": 6})",
             R"({"minLength": 50})",
             R"({"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/$defs/x~1y"}},
                 "$defs": {"x/y": {"type": "string", "format": "uuid"}}})",
             R"({"$ref": "#/definitions/node", "definitions": {"node": {"type": "object",
                 "properties": {"next": {"anyOf": [{"$ref": "#/definitions/node"},
                 {"type": "null"}]}, "children": {"type": "array",
                 "items": {"$ref": "#/definitions/node"}}},
                 "required": ["next", "children"], "additionalProperties": false}}})",
         }) {
        SCOPED_TRACE(schema);
        expect_instances(schema);
    }
}

TEST(MockJsonInstance, GivesOptionalPropertiesSomeTimesAndLeavesThemOutAtOthers) {
    const json schema = json::parse(R"({"type": "object", "properties": {"a": {"type": "null"}}})");
    std::size_t given = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed)
        given += make_instance(schema, seed).size();
    EXPECT_GT(given, 10U);
    EXPECT_LT(given, 50U);
}

TEST(MockJsonInstance, GivesASmallObjectWhereNoSchemaSaysAnything) {
    for (const char* const schema : {"null", "{}", "true"}) {
        const json value = make_instance(json::parse(schema), 1);
        ASSERT_TRUE(value.is_object());
        EXPECT_TRUE(value["text"].is_string());
    }
}

TEST(MockJsonInstance, FollowsTheUsualFormats) {
    const std::vector<std::pair<std::string, std::string>> formats{
        {"date", R"(\d{4}-(0[1-9]|1[0-2])-([0-2]\d))"},
        {"date-time", R"(\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ)"},
        {"time", R"(\d\d:\d\d:\d\dZ)"},
        {"duration", R"(P\d+D)"},
        {"email", R"([a-z]+@[a-z0-9.]+\.com)"},
        {"uri", R"(https://[a-z0-9.]+/\w+)"},
        {"uuid", R"([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12})"},
        {"ipv4", R"((\d{1,3}\.){3}\d{1,3})"},
        {"hostname", R"([a-z0-9]+(\.[a-z0-9]+)+)"},
    };
    for (const auto& [format, pattern] : formats) {
        for (std::uint64_t seed = 0; seed < 30; ++seed) {
            const json value = make_instance({{"type", "string"}, {"format", format}}, seed);
            EXPECT_TRUE(test::matches_whole(value.get<std::string>(), pattern)) << value;
        }
    }
}

TEST(MockJsonInstance, StaysSmallAndQuickWhateverTheSchemaDemands) {
    std::string deep = R"({"type": "object"})";
    for (int i = 0; i < 2000; ++i)
        deep = R"({"required": ["a"], "properties": {"a": )" + deep + "}}";
    std::string wide = R"({"type": "array", "minItems": 1000000, "items": {"const": ")";
    wide += std::string(100'000, 'x') + R"("}})";
    const std::vector<std::string> hostile{
        deep,
        wide,
        R"({"$ref": "#"})",
        R"({"$ref": "#/a", "a": {"$ref": "#/b"}, "b": {"allOf": [{"$ref": "#/a"}]}})",
        R"({"anyOf": [{"$ref": "#"}, {"$ref": "#"}]})",
        R"({"type": "object", "required": ["a", "b"], "properties": {"a": {"$ref": "#"},
            "b": {"$ref": "#"}}})",
        R"({"type": "object", "required": ["a", "b"], "properties": {"a": {"anyOf":
            [{"$ref": "#"}, {"$ref": "#/properties/b"}]}, "b": {"oneOf": [{"$ref": "#"}, false]}}})",
        R"({"type": "array", "minItems": 1000000000, "items": {"$ref": "#"}})",
        R"({"type": "string", "minLength": 1000000000})",
        R"({"type": "object", "minProperties": 1000000000})",
        R"({"type": "string", "pattern": "((((a{4000}){4000}){4000}){4000}){4000}"})",
        R"({"type": "string", "pattern": "((((((((((((((((((((((((((((((((((((((("})",
        R"({"type": 7, "required": 7, "properties": [], "enum": {}, "anyOf": 1, "$ref": []})",
        R"({"type": "integer", "minimum": 5, "maximum": 4})",
        R"({"type": "integer", "multipleOf": 1e-320, "minimum": 1e308})",
        R"({"type": []})",
        R"({"enum": []})",
        "false",
    };
    for (const std::string& text : hostile) {
        SCOPED_TRACE(text.substr(0, 100));
        const json schema = json::parse(text);
        const auto begin = std::chrono::steady_clock::now();
        const json value = make_instance(schema, 1);
        EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
        EXPECT_LT(value.dump().size(), 1'000'000U);
    }
}

TEST(MockJsonPattern, SamplesSimpleExpressions) {
    for (const char* const pattern : {
             "^abc$",
             "^a.c$",
             "x",
             "^[a-f0-9]{8}$",
             "^[^a-z]+$",
             R"(^\w+@\w+\.com$)",
             "^(ab|cd)*e?$",
             "^(?:a|b){2,3}$",
             "^a{2,}$",
             R"(^[\d\-]+$)",
             R"(^\$\d+\.\d{2}$)",
             "^$",
             "^(a|[)]|b)c$",
             "^x*?y+?$",
             "^é{3}$",
         }) {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            dice dice(seed);
            string_rules rules;
            rules.pattern = pattern;
            const auto text = sample_pattern(rules, dice);
            ASSERT_TRUE(text) << pattern;
            if (std::string_view(pattern) == "^é{3}$") {
                EXPECT_EQ(*text, "ééé");
            } else {
                EXPECT_TRUE(test::matches_whole(*text, pattern)) << pattern << ": " << *text;
            }
        }
    }
}

TEST(MockJsonPattern, GivesUpOnWhatItDoesNotKnow) {
    for (const char* const pattern :
         {"(?=a)b",
          R"((a)\1)",
          R"(\p{L})",
          "a{2",
          "(a",
          "a)",
          "[a",
          "*a",
          "a{3,2}",
          R"(a\)",
          "[^ -~]",
          "^[]x]$"}) {
        dice dice(1);
        string_rules rules;
        rules.pattern = pattern;
        EXPECT_FALSE(sample_pattern(rules, dice)) << pattern;
    }
}

}  // namespace
}  // namespace sluice::upstream::mock
