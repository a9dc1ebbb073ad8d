#pragma once

#include "sse/parser.hpp"
#include "upstream/providers/codec.hpp"

#include <deque>
#include <string>
#include <string_view>

namespace sluice::gateway::load {

/// Reads any event stream: the data of each event is text, and the stream ends with `[DONE]`, with
/// an event named `done` or `end`, or with the body. Posts `{"prompt": "...", "stream": true}`.
class plain_codec final : public upstream::codec {
 public:
    boost::system::result<upstream::http_request, upstream::failure> encode(
        const upstream::call& call,
        const upstream::provider_settings& server,
        std::string_view model
    ) override;
    void feed(std::string_view bytes, upstream::batch& out) override;
    void end(upstream::batch& out) override;
    upstream::failure refuse(
        int status, const upstream::header_list& headers, std::string_view body
    ) const override;

 private:
    sse::parser frames_;
    std::deque<std::string> texts_;  // what items point to
};

}  // namespace sluice::gateway::load
