#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/streams/meter.hpp"
#include "sse/journal.hpp"
#include "sse/parser.hpp"
#include "tests/upstream/codec_run.hpp"
#include "upstream/providers/make_codec.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// A provider's answer on its whole way: decoded by the provider's codec, written in a client's
/// dialect, and read back as a client of that dialect would.
namespace sluice::gateway::testing {

using upstream::testing::told;

inline const stream_names rendered_names{"3-abcdefghijklmnopqrstuv", "chat", 1700000000};

/// An answer as the provider told it, and what clients of one dialect were sent of it.
struct rendering {
    told said;
    std::string frames;    ///< of a stream
    std::string document;  ///< of a request that was not streamed, where the answer is complete
};

inline rendering render(
    upstream::codec& codec,
    const upstream::provider_settings& provider,
    upstream::call call,
    const dialect& dialect,
    const std::vector<std::string_view>& pieces
) {
    rendering result;
    (void)codec.encode(call, provider, "model");
    sse::journal::pool pool;
    sse::journal journal{pool};
    frame_writer out{journal};
    const auto encoder = dialect.encoder(call, rendered_names, false);
    const auto builder = dialect.document(call, rendered_names, false);
    meter counted;
    encoder->open(out);
    upstream::batch batch;
    const auto deliver = [&] {
        result.said.add(batch);
        counted.see(batch, {});
        for (const auto& item : batch.items) {
            encoder->encode(item, out);
            builder->add(item);
        }
    };
    for (const auto piece : pieces) {
        batch.clear();
        codec.feed(piece, batch);
        deliver();
        if (batch.ending) break;
    }
    if (!batch.ending) {
        batch.clear();
        codec.end(batch);
        deliver();
    }
    const closing end{*batch.ending, counted.usage()};
    encoder->close(end, out);
    if (end.ending.outcome == upstream::outcome::completed) result.document = builder->finish(end);
    std::string frame;
    for (std::uint64_t i = 0; i < journal.next_sequence(); ++i) {
        journal.read(i, frame);
        result.frames += frame;
    }
    return result;
}

}  // namespace sluice::gateway::testing
