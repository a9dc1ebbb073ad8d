#pragma once

#include "gateway/load/work/workload.hpp"
#include "upstream/generation.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// A prompt of workload_tokens_max bytes fourfold, every byte an escape, with room for a picture.
inline constexpr std::size_t prompt_line_bytes_max = std::size_t{32} << 20;

/// One line of a file of prompts.
struct written_prompt {
    std::vector<upstream::message> messages;
    std::int64_t input_tokens = 0;
    std::optional<std::int64_t> output_tokens;
};

/// Reads one line: what begins with '{' or '"' is JSON, all else is the prompt itself. Foreign
/// bytes. An error says what is wrong with the line: "is ...".
boost::system::result<written_prompt, std::string> parse_prompt(std::string_view line);

/// The workload of `settings.prompts_file`. An error is a sentence that names file and line.
boost::system::result<std::unique_ptr<workload>, std::string> make_prompt_workload(
    const workload_settings& settings
);

}  // namespace sluice::gateway::load
