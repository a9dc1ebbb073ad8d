#pragma once

#include "gateway/load/report/stream_record.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// What a stream has to keep to be of use to its reader. A stream is good when it is whole and
/// within all of them; goodput counts good streams only.
class objectives {
 public:
    enum class subject {
        ttfb,
        ttft,          ///< due to first content
        ttft_visible,  ///< due to first content that is no reasoning
        gap,           ///< the stream's longest gap
        tpot,          ///< its decoding time per token
        e2e,           ///< due to the end
    };
    struct limit {
        subject what;
        std::int64_t at_most_ns;
        bool operator==(const limit&) const = default;
    };

    bool empty() const { return limits_.empty(); }
    const std::vector<limit>& limits() const { return limits_; }
    bool met_by(const stream_record& stream) const;
    /// As it was given, without spaces: `ttft=500ms,gap=50ms`.
    const std::string& text() const { return text_; }

 private:
    friend boost::system::result<objectives, std::string> parse_objectives(std::string_view text);
    std::vector<limit> limits_;
    std::string text_;
};

/// `ttft=500ms,gap=50ms`. An error is a sentence that names what is wrong.
boost::system::result<objectives, std::string> parse_objectives(std::string_view text);

}  // namespace sluice::gateway::load
