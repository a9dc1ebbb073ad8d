#pragma once

#include "gateway/admission/ledger/ledger.hpp"
#include "gateway/http/catalog.hpp"
#include "gateway/store/limit_table.hpp"

namespace sluice::gateway {

/// Has budgets go on from where the ledger left them at the last end. Before the workers run.
void remember_spending(limit_table& limits, const ledger& books, const catalog& models);

}  // namespace sluice::gateway
