#include "gateway/dialects/model_lists.hpp"

#include "gateway/dialects/json_text.hpp"

#include <nlohmann/json.hpp>

#include <string_view>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

/// When a model was made is not known here; clients want a time all the same.
constexpr std::string_view no_time = "1970-01-01T00:00:00Z";

json openai_entry(const listed_model& model) {
    return {{"id", model.name}, {"object", "model"}, {"created", 0}, {"owned_by", model.owner}};
}

json anthropic_entry(const listed_model& model) {
    return {
        {"type", "model"},
        {"id", model.name},
        {"display_name", model.name},
        {"created_at", no_time}};
}

json ollama_entry(const listed_model& model) {
    const json details{
        {"parent_model", ""},
        {"format", ""},
        {"family", ""},
        {"families", nullptr},
        {"parameter_size", ""},
        {"quantization_level", ""}};
    return {
        {"name", model.name},
        {"model", model.name},
        {"modified_at", no_time},
        {"size", 0},
        {"digest", ""},
        {"details", details}};
}

template <class Entry>
json all(const std::vector<listed_model>& models, Entry entry) {
    json list = json::array();
    for (const auto& model : models)
        list.push_back(entry(model));
    return list;
}

}  // namespace

std::string openai_model_list(const std::vector<listed_model>& models) {
    json body{{"object", "list"}};
    body["data"] = all(models, openai_entry);
    return dump_json(body);
}

std::string openai_model(const listed_model& model) {
    return dump_json(openai_entry(model));
}

std::string anthropic_model_list(const std::vector<listed_model>& models) {
    json body = json::object();
    body["data"] = all(models, anthropic_entry);
    body["has_more"] = false;
    body["first_id"] = models.empty() ? json(nullptr) : json(models.front().name);
    body["last_id"] = models.empty() ? json(nullptr) : json(models.back().name);
    return dump_json(body);
}

std::string anthropic_model(const listed_model& model) {
    return dump_json(anthropic_entry(model));
}

std::string ollama_tags(const std::vector<listed_model>& models) {
    json body = json::object();
    body["models"] = all(models, ollama_entry);
    return dump_json(body);
}

}  // namespace sluice::gateway
