#include "gateway/telemetry/record_reading.hpp"

#include <algorithm>

namespace sluice::gateway {

bool is_well(std::string_view word) {
    using upstream::outcome;
    constexpr outcome wanted[] = {
        outcome::completed, outcome::client_gone, outcome::cancelled, outcome::budget};
    return word == superseded_outcome || std::ranges::any_of(wanted, [word](outcome one) {
               return word == upstream::to_string(one);
           });
}

bool came_whole(const generation_record& record) {
    return !record.streamed && record.upstream.transparent;
}

}  // namespace sluice::gateway
