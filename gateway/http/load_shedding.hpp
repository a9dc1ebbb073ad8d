#pragma once

#include "gateway/http/message.hpp"
#include "gateway/http/pressure.hpp"
#include "gateway/telemetry/metric_families.hpp"
#include "upstream/generation.hpp"

#include <cstdint>
#include <optional>

/// What is turned away because there is too much to do, and who decides so.
namespace sluice::gateway {

class worker;

/// Why the worker begins no further generation now; nothing: it may. A refusal is counted. Called
/// on the worker's thread. Several workers that decide at the same moment may each begin the last
/// stream there is room for.
std::optional<upstream::failure> judge_load(worker& on);

/// Whether a request to generate may be answered by a stream that runs already: one that goes on
/// from an event, or that has a name.
bool may_join(const http_request& request);

/// Why a request is turned away when its head is here and its body is not; nothing: it may come.
/// `share`: the request's. What is turned away is counted, and its connection is to be closed.
std::optional<upstream::failure> judge_head(
    worker& on, const http_request& request, const request_share& share
);

/// The same for one that has sent `bytes` so far, its head or its body. `share` covers them.
std::optional<upstream::failure> judge_bytes(worker& on, std::uint64_t bytes, request_share& share);

/// For /metrics: memory, and what was shed.
void add_load_metrics(metric_families& to, const pressure& of);

}  // namespace sluice::gateway
