#include "sse/parser.hpp"
#include "tests/sse/parsing.hpp"
#include "tests/sse/printing.hpp"
#include "tests/sse/reference_parser.hpp"

#include <gtest/gtest.h>

#include <random>

namespace sluice::sse::testing {
namespace {

// Every way through each of these must give what the specification's own algorithm gives.
const std::vector<std::string>& small_streams() {
    static const std::vector<std::string> streams = {
        "",
        "\n",
        "\r\n\r\n\r",
        "data: 1\n\ndata: 2\n\n",
        "data: 1\r\n\r\ndata: 2\r\n\r\n",
        "data: 1\r\rdata: 2\r\r\n\n",
        "\xEF\xBB\xBF"
        "data:1\n\n\xEF\xBB\xBF"
        "data:2\n\n",
        "\xEF\xBB\xBF\r\n\xEF\xBB",
        "id: 7\nevent: x\r\n: c\rdata\rdata: b\r\nretry: 12\n\r\ndata:c\n\nid",
        bytes("id:\0\ndata:\0\n\n\0:\n\r"),
        "data:a\ndata:b\ndata:c\n\nid\ndata: d\n\nevent:\ndata:\n\n",
    };
    return streams;
}

void expect_same(const outcome& result, std::string_view wire) {
    const outcome expected = reference_parser::parse(wire);
    EXPECT_EQ(result.blocks, expected.blocks);
    EXPECT_EQ(result.retry_ms, expected.retry_ms);
    EXPECT_TRUE(covers(result, wire)) << ::testing::PrintToString(result.raw);
    EXPECT_FALSE(result.failed);
}

TEST(SseParser, YieldsTheSameFramesHoweverTheBytesAreCut) {
    for (const std::string_view wire : small_streams()) {
        for (std::size_t first = 0; first <= wire.size(); ++first) {
            for (std::size_t second = first; second <= wire.size(); ++second) {
                SCOPED_TRACE(::testing::PrintToString(wire.substr(0, first)));
                SCOPED_TRACE(::testing::PrintToString(wire.substr(first, second - first)));
                const std::vector<std::string_view> pieces = {
                    wire.substr(0, first), wire.substr(first, second - first), wire.substr(second)};
                expect_same(parse(pieces), wire);
                if (HasFailure()) return;
            }
        }
    }
}

TEST(SseParser, YieldsTheSameFramesByteByByte) {
    for (const std::string_view wire : small_streams()) {
        SCOPED_TRACE(::testing::PrintToString(wire));
        std::vector<std::string_view> pieces;
        for (std::size_t at = 0; at < wire.size(); ++at) {
            pieces.push_back(wire.substr(at, 1));
        }
        expect_same(parse(pieces), wire);
    }
}

TEST(SseParser, YieldsTheSameFramesWhenAllIsFedBeforeAnyIsFetched) {
    for (const std::string_view wire : small_streams()) {
        SCOPED_TRACE(::testing::PrintToString(wire));
        parser parser;
        for (std::size_t at = 0; at < wire.size(); ++at) {
            feed_exactly(parser, wire.substr(at, 1));
        }
        outcome result;
        drain(parser, result);
        result.incomplete = parser.incomplete();
        result.retry_ms = parser.retry_ms();
        expect_same(result, wire);
    }
}

std::string random_stream(std::mt19937& random, std::size_t parts) {
    static const std::vector<std::string> tokens = {
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\r\n\r\n",
        ":",
        " ",
        "data",
        "data: ",
        "data:x",
        "id: ",
        "event: ",
        "retry: 10",
        "3",
        std::string(1, '\0'),
        "\xEF\xBB\xBF",
        std::string(300, 'y'),
    };
    std::string wire;
    while (parts-- > 0) {
        wire += tokens[random() % tokens.size()];
    }
    return wire;
}

TEST(SseParser, AgreesWithTheSpecificationOnRandomStreamsAndCuts) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        const std::string wire = random_stream(random, random() % 400);
        const std::size_t longest = 1 + random() % 700;
        std::vector<std::string_view> pieces;
        for (std::string_view rest = wire; !rest.empty();) {
            const std::size_t size = std::min<std::size_t>(random() % (longest + 1), rest.size());
            pieces.push_back(rest.substr(0, size));
            rest.remove_prefix(size);
        }
        expect_same(parse({wire}), wire);
        expect_same(parse(pieces), wire);
        if (HasFailure()) return;
    }
}

}  // namespace
}  // namespace sluice::sse::testing
