#pragma once

#include "tests/gateway/dialects/encoding.hpp"
#include "tests/upstream/codec_run.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What the tests of the client codecs have in common.
namespace sluice::gateway::load::testing {

using gateway::testing::closed;
using gateway::testing::encoding;
using gateway::testing::some_names;
using upstream::finish_reason;
using upstream::outcome;
using upstream::testing::told;

inline upstream::provider_settings some_server() {
    upstream::provider_settings server;
    server.name = "server";
    server.base_url = "http://127.0.0.1:8080";
    server.api_key = "sk-secret-key";
    return server;
}

inline told read_by(
    std::unique_ptr<upstream::codec> codec, const std::vector<std::string_view>& pieces
) {
    return upstream::testing::run(std::move(codec), {}, some_server(), pieces);
}

inline upstream::usage some_usage() {
    upstream::usage usage;
    usage.input_tokens = 5;
    usage.output_tokens = 8;
    usage.cached_tokens = 2;
    usage.cache_write_tokens = 3;
    usage.reasoning_tokens = 1;
    return usage;
}

/// An answer with all that both dialects can tell.
inline std::vector<upstream::item> some_answer() {
    return {
        upstream::identity{"", "model-1", 1700000000},
        upstream::reasoning_delta{0, "Let me \"think\"\n"},
        upstream::reasoning_delta{0, "\xF0\x9F\xA4\x94"},
        upstream::text_delta{0, "He"},
        upstream::text_delta{0, "llo\r\n\\ \x01\xE2\x80\xA8"},
        upstream::media_delta{0, "image/png", "iVBORw0KGgo="},
        upstream::text_delta{0, "data: [DONE]"},
        upstream::tool_call_delta{0, 0, "c1", "look", R"({"a":)"},
        upstream::tool_call_delta{0, 1, "c2", "wait", "{}"},
        upstream::tool_call_delta{0, 0, "", "", R"([1,{"b":null}]})"},
        upstream::finish{0, finish_reason::tool_calls},
    };
}

inline told meant_by(const std::vector<upstream::item>& items) {
    told meant;
    for (const auto& item : items)
        std::visit([&](const auto& each) { meant.add(each); }, item);
    return meant;
}

inline std::string written(
    const dialect& dialect, const std::vector<upstream::item>& items, const closing& end
) {
    encoding stream{dialect};
    stream.open();
    for (const auto& item : items)
        stream.item(item);
    stream.close(end);
    return stream.wire();
}

/// The same at every place where the wire may be cut, and byte by byte.
template <class Make>
void expect_the_same_at_every_cut(const std::string& wire, Make make) {
    const auto whole = read_by(make(), {wire});
    EXPECT_EQ(read_by(make(), upstream::testing::bytewise(wire)).key(), whole.key());
    for (std::size_t at = 0; at <= wire.size(); ++at) {
        const std::string_view view = wire;
        ASSERT_EQ(read_by(make(), {view.substr(0, at), view.substr(at)}).key(), whole.key()) << at;
    }
}

/// Whatever is left of a stream that breaks off, it does not look complete before its last bytes.
template <class Make>
void expect_no_ending_before_the_last(const std::string& wire, Make make) {
    for (std::size_t at = 0; at < wire.size(); ++at) {
        const auto heard = read_by(make(), {std::string_view(wire).substr(0, at)});
        ASSERT_EQ(heard.ended, outcome::upstream_eof) << at;
        ASSERT_TRUE(heard.failure);
    }
}

inline upstream::call some_call() {
    upstream::call call;
    auto& request = call.request;
    request.max_tokens = 64;
    request.temperature = 0.5;
    request.stop = {"END"};
    auto& system = request.messages.emplace_back();
    system.role = upstream::role::system;
    system.content.emplace_back(upstream::text_part{"Be brief."});
    auto& user = request.messages.emplace_back();
    user.content.emplace_back(upstream::text_part{"What is \"this\"?\n"});
    user.content.emplace_back(upstream::image_part{"data:image/png;base64,iVBORw0KGgo=", ""});
    auto& assistant = request.messages.emplace_back();
    assistant.role = upstream::role::assistant;
    assistant.content.emplace_back(upstream::text_part{"I shall look."});
    assistant.tool_calls.push_back({"c1", "look", R"({"x":1})"});
    auto& result = request.messages.emplace_back();
    result.role = upstream::role::tool;
    result.tool_call_id = "c1";
    result.content.emplace_back(upstream::text_part{"a cat"});
    auto& last = request.messages.emplace_back();
    last.content.emplace_back(upstream::text_part{"Sure?"});
    return call;
}

inline void expect_the_same_messages(
    const std::vector<upstream::message>& read, const std::vector<upstream::message>& meant
) {
    ASSERT_EQ(read.size(), meant.size());
    for (std::size_t i = 0; i < meant.size(); ++i) {
        SCOPED_TRACE(i);
        EXPECT_EQ(read[i].role, meant[i].role);
        EXPECT_EQ(read[i].tool_call_id, meant[i].tool_call_id);
        ASSERT_EQ(read[i].content.size(), meant[i].content.size());
        for (std::size_t k = 0; k < meant[i].content.size(); ++k) {
            const auto& part = meant[i].content[k];
            ASSERT_EQ(read[i].content[k].index(), part.index());
            if (const auto* text = std::get_if<upstream::text_part>(&part)) {
                EXPECT_EQ(std::get<upstream::text_part>(read[i].content[k]).text, text->text);
            }
            if (const auto* image = std::get_if<upstream::image_part>(&part)) {
                EXPECT_EQ(std::get<upstream::image_part>(read[i].content[k]).url, image->url);
            }
        }
        ASSERT_EQ(read[i].tool_calls.size(), meant[i].tool_calls.size());
        for (std::size_t k = 0; k < meant[i].tool_calls.size(); ++k) {
            EXPECT_EQ(read[i].tool_calls[k].id, meant[i].tool_calls[k].id);
            EXPECT_EQ(read[i].tool_calls[k].name, meant[i].tool_calls[k].name);
            EXPECT_EQ(read[i].tool_calls[k].arguments, meant[i].tool_calls[k].arguments);
        }
    }
}

}  // namespace sluice::gateway::load::testing
