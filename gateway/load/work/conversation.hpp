#pragma once

#include "gateway/load/work/workload.hpp"
#include "upstream/generation.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// A message that is one text.
upstream::message said_by(upstream::role who, std::string text);

/// Puts `text` ahead of everything else: a system message, or the beginning of the one that is
/// there.
void put_ahead(std::vector<upstream::message>& messages, std::string text);

/// Puts `text` at the beginning of the last message of the user, where the mock looks for its
/// settings. False: there is none.
bool begin_last_prompt(std::vector<upstream::message>& messages, std::string_view text);

/// The line of a prompt that tells the mock how to answer, its line end included; empty where
/// nothing is said. Values hold no blanks and no `]`.
std::string mock_directive(const std::map<std::string, std::string>& settings);

/// All that was said as one message of the user, for APIs that know no conversation.
void join_messages(std::vector<upstream::message>& messages);

}  // namespace sluice::gateway::load
