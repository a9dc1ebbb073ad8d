#pragma once

#include "gateway/load/work/trace_reader.hpp"
#include "gateway/load/work/workload.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::gateway::load {

/// So many tokens have one name in `trace_row::hash_ids`, as Mooncake has it.
inline constexpr std::int64_t trace_block_tokens = 512;

/// The prompt of a row whose blocks have names: the same name is the same text, so that prompts
/// share what their requests have shared. Behind the named blocks, words of `text_seed`. All blocks
/// but the last are a system message, so that what is put at the beginning of the user's own
/// message leaves the shared text ahead of it as it is.
std::vector<upstream::message> make_block_prompt(
    const trace_row& row, std::uint64_t seed, std::uint64_t text_seed
);

/// The workload of `settings.trace_file`. A prompt or an answer of no tokens has one. Rows that are
/// earlier than those before them are due with them. An error is a sentence that names file and
/// line.
boost::system::result<std::unique_ptr<workload>, std::string> make_trace_workload(
    const workload_settings& settings
);

}  // namespace sluice::gateway::load
