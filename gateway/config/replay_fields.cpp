#include "gateway/config/replay_fields.hpp"

#include "gateway/config/values.hpp"
#include "upstream/mock/recordings.hpp"

#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

using upstream::replay_settings;

constexpr double speed_max = 1'000'000;
/// Slower, an exchange of a month would outlast the clock.
constexpr double speed_min = 0.001;

template <class Member>
auto in_replay(Member replay_settings::*member) {
    return [member](auto& entry) -> auto& {
        return entry.replay.*member;
    };
}

complaint check_path(std::string& path) {
    if (path.empty()) return "must be a recording or a folder of recordings";
    return std::nullopt;
}

}  // namespace

std::vector<provider_field> replay_fields() {
    return {
        make_field<provider_entry>(
            "path",
            "A recording that 'sluice serve --record' made, or a folder of them.",
            in_replay(&replay_settings::path),
            text_value{check_path, "."},
            true
        ),
        make_field<provider_entry>(
            "speed",
            "How fast recordings are played: 2 is twice as fast as they were made, 0 as fast as "
            "possible.",
            in_replay(&replay_settings::speed),
            number_value{0, speed_max}
        )};
}

void check_replay(const node& value, provider_entry& entry, problems& problems) {
    const auto& speed = entry.replay.speed;
    if (const node* const written = value.find("speed");
        written != nullptr && speed > 0 && speed < speed_min)
        problems.add(written->at, "'speed' must be 0, or 0.001 at least");
    const node* const path = value.find("path");
    if (path == nullptr || entry.replay.path.empty()) return;
    auto loaded = upstream::recordings::load(entry.replay.path);
    if (loaded)
        entry.replay.recorded = std::move(*loaded);
    else
        problems.add(path->at, "'path': " + loaded.error());
}

}  // namespace sluice::gateway
