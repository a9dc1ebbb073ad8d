#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/http/request_scope.hpp"
#include "gateway/streams/stream.hpp"

#include <memory>

namespace sluice::gateway {

/// The leave that a planned stream needs: what bounds its key and its model, and the ledger's line
/// for it. Null: nothing bounds it, and no ledger is kept. Not yet asked for.
std::unique_ptr<grant> grant_of(
    const request_scope& scope,
    const model_route& route,
    const stream_plan& plan,
    const decoded_request& decoded
);

}  // namespace sluice::gateway
