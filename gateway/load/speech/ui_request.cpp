#include "gateway/load/speech/ui_request.hpp"

#include "upstream/providers/translation.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sluice::gateway::load {

namespace {

using nlohmann::json;
using upstream::message;
using upstream::role;

const char* role_name(role value) {
    switch (value) {
        case role::system:
        case role::developer:
            return "system";
        case role::assistant:
        case role::tool:
            return "assistant";
        default:
            return "user";
    }
}

class history_writer {
 public:
    void write(const message& from) { from.role == role::tool ? add_result(from) : add(from); }
    json take() { return std::move(out_); }
    /// What it has no part for; empty: nothing.
    std::string_view problem() const { return problem_; }

 private:
    void add(const message& from) {
        auto parts = json::array();
        for (const auto& part : from.content)
            std::visit([&](const auto& each) { add_part(each, parts); }, part);
        for (const auto& call : from.tool_calls)
            parts.push_back(call_part(call));
        const auto id = "msg_" + std::to_string(out_.size() + 1);
        out_.push_back({{"id", id}, {"role", role_name(from.role)}, {"parts", std::move(parts)}});
    }

    void add_part(const upstream::text_part& part, json& parts) {
        parts.push_back({{"type", "text"}, {"text", part.text}});
    }
    void add_part(const upstream::reasoning_part& part, json& parts) {
        if (!part.text.empty()) parts.push_back({{"type", "reasoning"}, {"text", part.text}});
    }
    void add_part(const upstream::image_part& part, json& parts) {
        const auto data = upstream::parse_data_url(part.url);
        // Of a picture elsewhere nobody has said which kind it is.
        add_file(part.url, data ? data->type : "image/*", "", parts);
    }
    void add_part(const upstream::audio_part& part, json& parts) {
        const auto type = "audio/" + (part.format == "mp3" ? "mpeg" : part.format);
        add_file("data:" + type + ";base64," + part.data, type, "", parts);
    }
    void add_part(const upstream::file_part& part, json& parts) {
        const auto& url = part.data.empty() ? part.url : part.data;
        const auto data = upstream::parse_data_url(url);
        const auto type = data && part.type.empty() ? data->type : std::string_view(part.type);
        add_file(url, type.empty() ? "application/octet-stream" : type, part.name, parts);
    }

    void add_file(std::string_view url, std::string_view type, std::string_view name, json& parts) {
        if (url.empty()) {
            problem_ = "has no part for a file by its id alone";
            return;
        }
        json part{{"type", "file"}, {"url", url}, {"mediaType", type}};
        if (!name.empty()) part["filename"] = name;
        parts.push_back(std::move(part));
    }

    static json call_part(const upstream::tool_call& call) {
        auto input = upstream::arguments_object(call.arguments);
        return {
            {"type", "tool-" + call.name},
            {"toolCallId", call.id},
            {"state", "input-available"},
            {"input", input ? std::move(*input) : json(call.arguments)}};
    }

    void add_result(const message& from) {
        for (auto& earlier : out_) {
            for (auto& part : earlier["parts"]) {
                if (part.value("toolCallId", "") != from.tool_call_id) continue;
                part["state"] = from.failed ? "output-error" : "output-available";
                part[from.failed ? "errorText" : "output"] = upstream::text_of(from);
                return;
            }
        }
        problem_ = "has no part for the result of a tool that was not called";
    }

    json out_ = json::array();
    std::string_view problem_;
};

}  // namespace

boost::system::result<json, upstream::failure> ui_history(
    const upstream::call& call, const upstream::provider_settings& server, std::string_view model
) {
    history_writer writer;
    for (const auto& each : call.request.messages) {
        writer.write(each);
        if (!writer.problem().empty())
            return upstream::cannot_carry(call, server, model, "messages", writer.problem());
    }
    return writer.take();
}

}  // namespace sluice::gateway::load
