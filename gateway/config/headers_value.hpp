#pragma once

#include "gateway/config/section.hpp"
#include "upstream/generation.hpp"

#include <optional>

namespace sluice::gateway {

/// HTTP headers to send: a map of names and values. Values are shown to nobody, and what bears a
/// credential must not stand in a file that everybody can read.
struct headers_value {
    std::optional<upstream::header_list> read(const node& value, problems& problems) const;
    json schema() const;
    json write(const upstream::header_list& headers) const;
};

}  // namespace sluice::gateway
