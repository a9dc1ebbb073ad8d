#include "gateway/config/load.hpp"

#include <gtest/gtest.h>

#include <set>

namespace sluice::gateway {
namespace {

using nlohmann::json;

/// An object of the schema, and how a file leads there: what `{` stands behind, ready for keys.
struct place {
    std::string before;
    const json* schema;
};

void find_objects(const std::string& before, const json& schema, std::vector<place>& found) {
    if (schema.contains("oneOf")) {
        for (const json& one : schema["oneOf"])
            find_objects(before, one, found);
    } else if (schema.contains("items")) {
        find_objects(before + "[", schema["items"], found);
    } else if (schema.contains("properties")) {
        found.push_back({before + "{", &schema});
        std::string kind;
        if (schema["properties"].contains("kind")) {
            kind = "kind: " + schema["properties"]["kind"]["enum"][0].get<std::string>() + ", ";
            found.back().before += kind;
        }
        for (const auto& [key, value] : schema["properties"].items()) {
            find_objects(before + "{" + kind + key + ": ", value, found);
        }
    } else if (schema.contains("additionalProperties")) {
        find_objects(before + "{any: ", schema["additionalProperties"], found);
    }
}

std::vector<place> objects_of(const json& schema) {
    std::vector<place> found;
    find_objects("", schema, found);
    return found;
}

std::string closing(std::string_view before) {
    std::string out;
    for (const char c : before) {
        if (c == '{') out.insert(0, "}");
        if (c == '[') out.insert(0, "]");
    }
    return out;
}

/// The parser knows the key at that place, whatever it says about the value.
bool is_known(const place& at, const std::string& key) {
    const auto read = parse_configuration(at.before + key + ": 1" + closing(at.before), "f");
    if (read) return true;
    for (const std::string& message : read.error().messages) {
        if (message.find("not valid YAML") != std::string::npos) ADD_FAILURE() << message;
        if (message.find("unknown key '" + key + "'") != std::string::npos) return false;
    }
    return true;
}

TEST(ConfigurationSchema, HasExactlyTheKeysThatTheParserAccepts) {
    const json schema = configuration_schema();
    const auto objects = objects_of(schema);
    const auto kinds = schema["properties"]["providers"]["additionalProperties"]["oneOf"].size();
    EXPECT_EQ(objects.size(), 24U + 2 * kinds);
    std::set<std::string> words{"weights", "retries", "fallback", "concurrency"};
    for (const place& object : objects) {
        for (const auto& [key, value] : (*object.schema)["properties"].items())
            words.insert(key);
    }
    for (const place& object : objects) {
        for (const std::string& word : words) {
            if (word == "kind" && object.before.find("kind:") != std::string::npos) continue;
            EXPECT_EQ((*object.schema)["properties"].contains(word), is_known(object, word))
                << object.before << word;
        }
    }
}

TEST(ConfigurationSchema, DescribesEveryKeyAndForbidsOthers) {
    const json schema = configuration_schema();
    for (const place& object : objects_of(schema)) {
        EXPECT_EQ((*object.schema)["additionalProperties"], false) << object.before;
        for (const auto& [key, value] : (*object.schema)["properties"].items()) {
            EXPECT_FALSE(value.value("description", "").empty()) << object.before << key;
        }
    }
}

TEST(ConfigurationSchema, HasDefaultsBoundsAndWords) {
    const json schema = configuration_schema();
    EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    const json& server = schema["properties"]["server"]["properties"];
    EXPECT_EQ(server["idle"]["default"], "75s");
    EXPECT_EQ(server["idle"]["pattern"], "^(0|[1-9][0-9]*)(ms|s|m|h)$|\\$\\{");
    EXPECT_EQ(server["listen"]["default"], json::array({"127.0.0.1:8080"}));
    EXPECT_EQ(server["workers"]["anyOf"][0]["maximum"], 1024);
    EXPECT_EQ(server["limits"]["properties"]["body"]["default"], "32MiB");
    EXPECT_EQ(server["tls"]["required"], json::array({"certificate", "private_key"}));
    const json& log = schema["properties"]["log"]["properties"];
    EXPECT_EQ(log["format"]["enum"], json::array({"auto", "text", "json"}));
    EXPECT_EQ(log["format"]["default"], "auto");
    const json& kinds = schema["properties"]["providers"]["additionalProperties"]["oneOf"];
    EXPECT_EQ(kinds[0]["properties"]["base_url"]["default"], "https://api.openai.com/v1");
    EXPECT_EQ(kinds[1]["required"], json::array({"kind", "base_url", "api_version"}));
}

TEST(ConfigurationSchema, KnowsWhatKeysAndPricesMayHold) {
    const json properties = configuration_schema()["properties"];
    const json& key = properties["keys"]["items"]["properties"];
    EXPECT_EQ(key["models"]["minItems"], 1);
    EXPECT_EQ(key["labels"]["maxProperties"], 16);
    EXPECT_EQ(
        key["expires"]["pattern"],
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$|\\$\\{"
    );
    const json& limits = key["limits"]["properties"];
    EXPECT_EQ(limits["requests_per_minute"]["anyOf"][0]["minimum"], 1);
    EXPECT_EQ(limits["requests_per_minute"]["anyOf"][0]["maximum"], 1'000'000'000);
    EXPECT_EQ(limits["concurrent_streams"]["anyOf"][0]["maximum"], 1'000'000);
    EXPECT_EQ(limits["cost_per_day"]["anyOf"][0]["type"], "number");
    EXPECT_EQ(limits["cost_per_day"]["anyOf"][0]["maximum"], 1'000'000'000);
    EXPECT_FALSE(limits["cost_per_day"].contains("default"));
    EXPECT_EQ(limits, properties["models"]["items"]["properties"]["limits"]["properties"]);
    const json& price = properties["prices"]["items"];
    EXPECT_EQ(price["required"], json::array({"model", "input", "output"}));
    EXPECT_EQ(price["properties"]["input"]["anyOf"][0]["maximum"], 1'000'000);
    EXPECT_FALSE(price["properties"]["input"].contains("default"));
    EXPECT_EQ(properties["ledger"]["required"], json::array({"path"}));
    EXPECT_EQ(properties["server"]["properties"]["session"]["default"], "12h");
}

}  // namespace
}  // namespace sluice::gateway
