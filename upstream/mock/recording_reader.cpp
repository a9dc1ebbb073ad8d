#include "upstream/json_members.hpp"
#include "upstream/mock/recording.hpp"
#include "upstream/mock/recording_words.hpp"
#include "upstream/mock/redacted.hpp"
#include "upstream/providers/base64.hpp"
#include "upstream/providers/openai_host.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// The request's line has its headers three deep; its body is a text.
constexpr std::size_t depth_max = 8;
/// No exchange lasts longer. It keeps what is computed from times within the clock's range.
constexpr double seconds_max = 30.0 * 24 * 3600;

/// Says what is wrong with a line as soon as it finds it. The members are named in its messages, so
/// that people find them.
class line_reader {
 public:
    explicit line_reader(const json& line) : line_(line) {}

    const std::string& error() const { return error_; }
    bool failed() const { return !error_.empty(); }
    bool has(const char* name) const { return line_.contains(name); }

    std::string text(const char* name) {
        const auto* value = of(name);
        if (value == nullptr) return {};
        if (value->is_string()) return value->get<std::string>();
        fail(name, "must be a text");
        return {};
    }

    bool flag(const char* name) {
        const auto* value = of(name);
        if (value == nullptr) return false;
        if (!value->is_boolean()) fail(name, "must be true or false");
        return value->is_boolean() && value->get<bool>();
    }

    /// `from` is the time of the line before.
    double time(double from) {
        const auto* value = of("t");
        if (value == nullptr) return from;
        const double at = value->is_number() ? value->get<double>() : -1;
        if (!std::isfinite(at) || at < 0 || at > seconds_max) {
            fail("t", "must be seconds since the request, of 30 days at most");
            return from;
        }
        if (at < from) fail("t", "must not be before the line above");
        return at;
    }

    int status() {
        const auto* value = of("status");
        if (value == nullptr) return 0;
        const auto said = value->is_number_integer() ? value->get<std::int64_t>() : 0;
        if (said >= 200 && said <= 999) return static_cast<int>(said);
        fail("status", "must be the status of a final answer");
        return 0;
    }

    header_list headers() {
        header_list list;
        const auto* value = of("headers");
        if (value == nullptr) return list;
        if (!value->is_array()) fail("headers", "must be a list of pairs");
        for (const auto& pair : *value) {
            if (!pair.is_array() || pair.size() != 2 || !pair[0].is_string() ||
                !pair[1].is_string()) {
                fail("headers", "must be a list of pairs of texts");
                return {};
            }
            list.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
            // They are told to clients.
            if (!is_header_name(list.back().first))
                fail("headers", "holds a name that is no header's");
            if (!is_header_value(list.back().second))
                fail("headers", "holds a value with control characters");
        }
        return list;
    }

    /// Bytes that stand there as text under the one name, or in base64 under the other.
    std::string bytes(const char* text_name, const char* base64_name) {
        if (!has(base64_name)) return text(text_name);
        if (has(text_name)) fail(base64_name, "stands beside the same as a text");
        auto decoded = base64_decode(text(base64_name));
        if (!decoded) fail(base64_name, "is no base64");
        return decoded ? std::move(*decoded) : std::string{};
    }

    const json* of(const char* name) {
        const auto found = line_.find(name);
        if (found != line_.end()) return &*found;
        fail(name, "is missing");
        return nullptr;
    }

    void fail(std::string_view name, std::string_view why) {
        if (failed()) return;
        error_.append("'").append(name).append("' ").append(why);
    }

 private:
    const json& line_;
    std::string error_;
};

api read_api(line_reader& line, const json* value, const char* name) {
    if (value == nullptr) return api::native;
    const auto known =
        value->is_string() ? recorded_api_named(value->get<std::string>()) : std::optional<api>{};
    if (!known) line.fail(name, "names no API that is known");
    return known.value_or(api::native);
}

/// Errors of the inner object are told as the line's.
provider_settings read_provider(line_reader& line) {
    provider_settings provider;
    const auto* value = line.of("provider");
    if (value == nullptr) return provider;
    if (!value->is_object()) {
        line.fail("provider", "must be an object");
        return provider;
    }
    line_reader inner(*value);
    provider.name = inner.text("name");
    const auto kind = recorded_kind_named(inner.text("kind"));
    if (!kind) inner.fail("kind", "names no protocol that is known");
    provider.kind = kind.value_or(provider.kind);
    if (inner.has("host")) {
        provider.host = find_openai_host(inner.text("host"));
        if (provider.host == nullptr) inner.fail("host", "names no host that is known");
    }
    provider.base_url = inner.text("base_url");
    const auto* apis = inner.of("apis");
    if (apis != nullptr && (!apis->is_array() || apis->size() > api_count))
        inner.fail("apis", "must be a list of APIs");
    else if (apis != nullptr) {
        for (const auto& each : *apis)
            provider.apis.push_back(read_api(inner, &each, "apis"));
    }
    provider.ask_usage = inner.flag("ask_usage");
    if (inner.failed()) line.fail("provider", "is not right: " + inner.error());
    return provider;
}

/// Fields of the body that stand for settings: a codec writes them into the next body again.
void read_settings_of_body(recorded_request& request) {
    if (request.provider.kind != provider_settings::protocol::watsonx || !request.body) return;
    const auto members = top_level_members(*request.body);
    if (!members) return;
    for (const auto& member : *members) {
        auto value =
            std::string_view(*request.body).substr(member.begin, member.end - member.begin);
        if (value.size() < 2 || value.front() != '"') continue;
        value = value.substr(1, value.size() - 2);
        if (member.key == "project_id") request.provider.project_id = unescape_json(value);
        if (member.key == "space_id") request.provider.space_id = unescape_json(value);
    }
}

void read_request(line_reader& line, recorded_request& request) {
    const auto* version = line.of("sluice_recording");
    if (version != nullptr && (!version->is_number_integer() || *version != 1))
        line.fail("sluice_recording", "must be 1: other versions are not known");
    request.provider = read_provider(line);
    request.client = read_api(line, line.of("api"), "api");
    request.stream = line.flag("stream");
    request.model = line.text("model");
    request.when = line.text("when");
    request.method = line.text("method");
    request.url = line.text("url");
    request.headers = line.headers();
    if (line.has("body") || line.has("body_base64"))
        request.body = line.bytes("body", "body_base64");
    if (!line.failed()) read_settings_of_body(request);
}

void read_ending(line_reader& line, double last, recording& made) {
    made.ended_at = line.time(last);
    made.ended = line.text("end");
    if (!is_recorded_ending(made.ended)) line.fail("end", "is no way to end that is known");
    if (made.status == 0 && made.ended == "whole") line.fail("end", "is 'whole' without an answer");
    if (line.has("message")) made.message = line.text("message");
}

}  // namespace

bool recording_reader::fail(std::string_view why) {
    error_ = made_.file + ":" + std::to_string(line_) + ": ";
    error_ += why;
    rest_ = {};
    return false;
}

bool recording_reader::feed(std::string_view bytes) {
    while (error_.empty() && !bytes.empty()) {
        const auto end = bytes.find('\n');
        const auto piece = bytes.substr(0, end);
        if (rest_.size() + piece.size() > recording_line_bytes_max)
            return fail("the line is longer than 64 MiB");
        if (end == std::string_view::npos) {
            rest_ += piece;
            return true;
        }
        bytes.remove_prefix(end + 1);
        bool taken = false;
        if (rest_.empty()) {
            taken = take_line(piece);
        } else {
            rest_ += piece;
            taken = take_line(rest_);
            rest_.clear();
        }
        if (!taken) return false;
        ++line_;
    }
    return error_.empty();
}

bool recording_reader::take_line(std::string_view text) {
    if (part_ == part::after) return fail("nothing may come behind the line with 'end'");
    if (nested_deeper_than(text, depth_max)) return fail("the line is nested too deep");
    const auto value = json::parse(text, nullptr, false);
    if (!value.is_object()) return fail("the line is no JSON object");
    line_reader line(value);
    if (part_ == part::request) {
        read_request(line, made_.request);
        part_ = part::head;
    } else if (value.contains("end")) {
        read_ending(line, made_.reads.empty() ? made_.head_at : made_.reads.back().at, made_);
        part_ = part::after;
    } else if (part_ == part::head) {
        made_.head_at = line.time(0);
        made_.status = line.status();
        made_.headers = line.headers();
        part_ = part::body;
    } else {
        const auto at = line.time(made_.reads.empty() ? made_.head_at : made_.reads.back().at);
        made_.body += line.bytes("data", "base64");
        made_.reads.push_back({at, made_.body.size()});
    }
    return line.failed() ? fail(line.error()) : true;
}

std::optional<recording> recording_reader::finish() {
    if (!error_.empty()) return std::nullopt;
    // The last line may lack its end.
    if (!rest_.empty()) {
        const auto last = std::move(rest_);
        rest_ = {};
        if (!take_line(last)) return std::nullopt;
    }
    if (part_ == part::after) {
        made_.body.shrink_to_fit();
        return std::move(made_);
    }
    if (part_ == part::request)
        fail("the file is empty");
    else
        fail("the recording breaks off: there is no line with 'end'");
    return std::nullopt;
}

}  // namespace sluice::upstream
