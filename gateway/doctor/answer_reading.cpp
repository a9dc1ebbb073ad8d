#include "gateway/doctor/answer_reading.hpp"

#include "gateway/doctor/members.hpp"

#include <nlohmann/json.hpp>

namespace sluice::gateway::doctor {

namespace {

using json = nlohmann::json;

/// `*` and the like are no names to ask for.
bool can_be_asked_for(const std::string& name) {
    return !name.empty() && name.find('*') == std::string::npos;
}

}  // namespace

std::optional<model_list> read_models(std::string_view body) {
    const json list = json::parse(body, nullptr, false);
    const auto* models = member(list, "data");
    if (models == nullptr || !models->is_array()) return std::nullopt;
    for (const json& model : *models) {
        auto name = text_member(model, "id");
        if (text_member(model, "owned_by") == "mock" && can_be_asked_for(name))
            return model_list{std::move(name)};
    }
    return model_list{};
}

std::optional<bool> read_done(std::string_view body) {
    const json state = json::parse(body, nullptr, false);
    const auto* done = member(state, "done");
    if (done == nullptr || !done->is_boolean()) return std::nullopt;
    return done->get<bool>();
}

}  // namespace sluice::gateway::doctor
