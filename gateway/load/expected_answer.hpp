#pragma once

#include "upstream/generation.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// What the mock model says to a request: known before it is asked, since the answer is a function
/// of seed and prompt. A value, shared by all who read the same stream.
struct expected_answer {
    std::string text;                 ///< of all tokens, without stamps
    std::vector<std::uint32_t> ends;  ///< of each token in the text
    bool refused = false;             ///< the text is a refusal
    std::string reasoning;
    std::vector<std::string> arguments;  ///< of each tool call
    upstream::finish_reason finish = upstream::finish_reason::stop;
    std::int64_t output_tokens = 0;

    std::size_t tokens() const { return ends.size(); }
    std::string_view token(std::size_t number) const {
        const std::size_t begin = number == 0 ? 0 : ends[number - 1];
        return std::string_view(text).substr(begin, ends[number] - begin);
    }
};

/// The request says in its prompt how it is to be answered (`mock_directive`). An error is the
/// mock's own refusal.
boost::system::result<expected_answer, std::string> expect_answer(const upstream::request& request);

}  // namespace sluice::gateway::load
