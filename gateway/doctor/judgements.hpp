#pragma once

#include "gateway/doctor/findings.hpp"

#include <vector>

namespace sluice::gateway::doctor {

using findings = std::vector<finding>;

/// Whether there is a gateway at all, and what the way there is like.
void judge_reach(const facts& found, const std::vector<proxy>& proxies, findings& into);
/// The head of an event stream: what it lacks and what was put in.
void judge_head(const reply& head, findings& into);
/// How the live feed and the mock's stream came.
void judge_streams(const facts& found, findings& into);
/// Coming back, leaving, and silence.
void judge_manners(const facts& found, findings& into);

/// Only streams that were answered as such have something to say about the way.
bool is_measured(const std::optional<stream_facts>& stream);

/// `1.5 s`, `40 ms`.
std::string shown_ms(double milliseconds);
/// `4.0 KiB`.
std::string shown_bytes(double bytes);

}  // namespace sluice::gateway::doctor
