#include "gateway/dialects/anthropic_content.hpp"

#include "gateway/dialects/anthropic_states.hpp"
#include "gateway/dialects/json_text.hpp"

#include <string_view>
#include <utility>

namespace sluice::gateway {

namespace {

using nlohmann::json;
using part_list = std::vector<upstream::content_part>;

// A hostile body of many wrong parts need not fill the answer with their names.
constexpr std::size_t untranslatable_max = 16;

std::string element(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

/// What one turn says, before it is told apart who says it.
struct turn {
    part_list parts;
    std::vector<upstream::tool_call> calls;
    std::vector<upstream::message> results;
};

class decoder {
 public:
    decoder(
        upstream::request& request,
        std::vector<std::string>& untranslatable,
        std::optional<upstream::failure>& problem
    )
        : request_(request), untranslatable_(untranslatable), problem_(problem) {}

    void system(const json& value) {
        upstream::message message;
        message.role = upstream::role::system;
        turn said;
        read_content(value, "system", said);
        message.content = std::move(said.parts);
        if (!problem_ && !message.content.empty()) request_.messages.push_back(std::move(message));
    }

    void message(const json& value, const std::string& path);

 private:
    void read_content(const json& value, const std::string& path, turn& said);
    void read_block(const json& value, const std::string& path, turn& said);
    void read_text(fields& block, turn& said);
    void read_image(fields& block, const std::string& path, turn& said);
    void read_document(fields& block, const std::string& path, turn& said);
    void read_inline_text(fields& block, fields& source, const std::string& path, turn& said);
    void read_thinking(fields& block, turn& said);
    void read_redacted(fields& block, turn& said);
    void read_call(fields& block, turn& said);
    void read_result(fields& block, const std::string& path, turn& said);

    void refuse(const std::string& path, const std::string& what) {
        if (!problem_) problem_ = bad_request("'" + path + "' " + what, path);
    }
    void note_untranslatable(const std::string& path) {
        if (untranslatable_.size() < untranslatable_max) untranslatable_.push_back(path);
    }

    upstream::request& request_;
    std::vector<std::string>& untranslatable_;
    std::optional<upstream::failure>& problem_;
};

std::string data_url(std::string_view type, std::string_view data) {
    std::string url{"data:"};
    return url.append(type).append(";base64,").append(data);
}

void decoder::message(const json& value, const std::string& path) {
    if (!value.is_object()) return refuse(path, "must be an object");
    fields reader{value, path, problem_};
    const auto role = reader.text("role");
    const auto* content = reader.any("content");
    if (problem_) return;
    if (!role) return reader.fail_missing("role");
    if (!content) return reader.fail_missing("content");
    upstream::message decoded;
    if (*role == "assistant")
        decoded.role = upstream::role::assistant;
    else if (*role == "system")
        decoded.role = upstream::role::system;
    else if (*role != "user")
        return reader.fail("role", "must be user, assistant or system");
    turn said;
    read_content(*content, path + ".content", said);
    if (problem_) return;
    for (auto& result : said.results)
        request_.messages.push_back(std::move(result));
    // A turn of results alone is told by them.
    if (said.parts.empty() && said.calls.empty() && !said.results.empty()) return;
    decoded.content = std::move(said.parts);
    decoded.tool_calls = std::move(said.calls);
    give_back_states(decoded);
    request_.messages.push_back(std::move(decoded));
}

void decoder::read_content(const json& value, const std::string& path, turn& said) {
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        if (!text.empty()) said.parts.emplace_back(upstream::text_part{text});
        return;
    }
    if (!value.is_array()) return refuse(path, "must be a string or an array of content blocks");
    for (std::size_t i = 0; i < value.size() && !problem_; ++i)
        read_block(value[i], element(path, i), said);
}

void decoder::read_block(const json& value, const std::string& path, turn& said) {
    if (!value.is_object()) return refuse(path, "must be an object");
    fields block{value, path, problem_};
    const auto type = block.text("type");
    if (problem_) return;
    if (!type) return block.fail_missing("type");
    if (*type == "text") return read_text(block, said);
    if (*type == "image") return read_image(block, path, said);
    if (*type == "document") return read_document(block, path, said);
    if (*type == "thinking") return read_thinking(block, said);
    if (*type == "redacted_thinking") return read_redacted(block, said);
    if (*type == "tool_use") return read_call(block, said);
    if (*type == "tool_result") return read_result(block, path, said);
    note_untranslatable(path);
}

void decoder::read_text(fields& block, turn& said) {
    const auto text = block.text("text");
    if (problem_) return;
    if (!text) return block.fail_missing("text");
    said.parts.emplace_back(upstream::text_part{*text});
}

void decoder::read_image(fields& block, const std::string& path, turn& said) {
    const auto* source = block.object("source");
    if (problem_) return;
    if (!source) return block.fail_missing("source");
    fields reader{*source, path + ".source", problem_};
    const auto type = reader.text("type").value_or("");
    upstream::image_part image;
    if (type == "base64") {
        const auto media = reader.text("media_type");
        const auto data = reader.text("data");
        if (!media) return reader.fail_missing("media_type");
        if (!data) return reader.fail_missing("data");
        image.url = data_url(*media, *data);
    } else if (type == "url") {
        image.url = reader.text("url").value_or("");
        if (image.url.empty()) return reader.fail_missing("url");
    } else if (type == "file") {
        image.id = reader.text("file_id").value_or("");
        if (image.id.empty()) return reader.fail_missing("file_id");
    } else {
        return note_untranslatable(path);
    }
    if (!problem_) said.parts.emplace_back(std::move(image));
}

void decoder::read_document(fields& block, const std::string& path, turn& said) {
    const auto* source = block.object("source");
    const auto* citations = block.object("citations");
    const auto title = block.text("title").value_or("");
    if (problem_) return;
    if (!source) return block.fail_missing("source");
    if (citations) {
        fields wish{*citations, path + ".citations", problem_};
        // No other protocol cites a document that it was given.
        if (wish.boolean("enabled").value_or(false)) note_untranslatable(path + ".citations");
    }
    fields reader{*source, path + ".source", problem_};
    const auto type = reader.text("type").value_or("");
    upstream::file_part file;
    file.name = title;
    if (type == "base64") {
        const auto data = reader.text("data");
        if (!data) return reader.fail_missing("data");
        file.data = data_url(reader.text("media_type").value_or("application/pdf"), *data);
    } else if (type == "url") {
        file.url = reader.text("url").value_or("");
        if (file.url.empty()) return reader.fail_missing("url");
        file.type = "application/pdf";
    } else if (type == "file") {
        file.id = reader.text("file_id").value_or("");
        if (file.id.empty()) return reader.fail_missing("file_id");
    } else if (type == "text" || type == "content") {
        return read_inline_text(block, reader, path, said);
    } else {
        return note_untranslatable(path);
    }
    if (!problem_) said.parts.emplace_back(std::move(file));
}

/// Text that is called a document is text to everybody else; what it is called goes ahead of it.
void decoder::read_inline_text(fields& block, fields& source, const std::string& path, turn& said) {
    for (const auto* key : {"title", "context"}) {
        const auto text = block.text(key).value_or("");
        if (!text.empty()) said.parts.emplace_back(upstream::text_part{text + "\n"});
    }
    if (const auto data = source.text("data")) {
        said.parts.emplace_back(upstream::text_part{*data});
    } else if (const auto* content = source.any("content")) {
        read_content(*content, path + ".source.content", said);
    } else {
        source.fail_missing("data");
    }
}

void decoder::read_thinking(fields& block, turn& said) {
    const auto text = block.text("thinking");
    const auto signature = block.text("signature").value_or("");
    if (problem_) return;
    if (!text) return block.fail_missing("thinking");
    upstream::reasoning_part part{*text};
    if (!signature.empty()) part.state = unpack_signature(signature);
    said.parts.emplace_back(std::move(part));
}

void decoder::read_redacted(fields& block, turn& said) {
    const auto data = block.text("data");
    if (problem_) return;
    if (!data) return block.fail_missing("data");
    said.parts.emplace_back(upstream::reasoning_part{{}, unpack_redacted(*data)});
}

void decoder::read_call(fields& block, turn& said) {
    const auto id = block.text("id");
    const auto name = block.text("name");
    const auto* input = block.object("input");
    if (problem_) return;
    if (!id) return block.fail_missing("id");
    if (!name) return block.fail_missing("name");
    said.calls.push_back({*id, *name, input ? dump_json(*input) : "{}"});
}

void decoder::read_result(fields& block, const std::string& path, turn& said) {
    const auto id = block.text("tool_use_id");
    const auto failed = block.boolean("is_error").value_or(false);
    const auto* content = block.any("content");
    if (problem_) return;
    if (!id) return block.fail_missing("tool_use_id");
    turn inner;
    if (content) read_content(*content, path + ".content", inner);
    if (problem_) return;
    if (!inner.calls.empty() || !inner.results.empty()) {
        return block.fail("content", "must hold text, images and documents only");
    }
    upstream::message result;
    result.role = upstream::role::tool;
    result.tool_call_id = *id;
    result.failed = failed;
    result.content = std::move(inner.parts);
    said.results.push_back(std::move(result));
}

}  // namespace

void decode_anthropic_messages(
    const json& body,
    upstream::request& request,
    std::vector<std::string>& untranslatable,
    std::optional<upstream::failure>& problem
) {
    fields top{body, "", problem};
    const auto* messages = top.array("messages");
    const auto* system = top.any("system");
    if (problem) return;
    if (!messages) return top.fail_missing("messages");
    if (messages->empty()) return top.fail("messages", "must not be empty");
    decoder decoding{request, untranslatable, problem};
    if (system) decoding.system(*system);
    for (std::size_t i = 0; i < messages->size() && !problem; ++i)
        decoding.message((*messages)[i], element("messages", i));
}

}  // namespace sluice::gateway
