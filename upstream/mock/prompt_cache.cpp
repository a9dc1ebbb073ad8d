#include "upstream/mock/prompt_cache.hpp"

#include "upstream/mock/prompt.hpp"

#include <algorithm>

namespace sluice::upstream::mock {

cached_prompt prompt_cache::look_up(
    const cache_settings& settings, const request& request, time_point now
) {
    if (!settings.on) return {};
    const std::int64_t size = std::max<std::int64_t>(settings.block_tokens, 1);
    const std::int64_t tokens = count_prompt_tokens(request);
    auto prints = prompt_prints(request, size);
    const auto room = static_cast<std::size_t>(std::max<std::int64_t>(settings.blocks_max, 0));
    if (prints.size() > room) prints.resize(room);

    const std::lock_guard lock(mutex_);
    const auto usable = static_cast<std::size_t>(std::max<std::int64_t>(tokens - 1, 0) / size);
    std::size_t found = 0;
    while (found < std::min(usable, prints.size()) && is_fresh(prints[found], now))
        ++found;
    std::size_t there = found;
    while (there < prints.size() && is_fresh(prints[there], now))
        ++there;
    // From the last to the first: when room is short, the ends of conversations go before their
    // beginnings, without which they are of no use.
    for (std::size_t i = prints.size(); i-- > 0;)
        touch(prints[i], now + settings.ttl);
    shrink(room);
    cached_prompt result;
    result.read = static_cast<std::int64_t>(found) * size;
    result.written = static_cast<std::int64_t>(prints.size() - there) * size;
    counts_.queried += tokens;
    counts_.found += result.read;
    return result;
}

prompt_cache::counts prompt_cache::counted() const {
    const std::lock_guard lock(mutex_);
    counts now = counts_;
    now.blocks = blocks_.size();
    return now;
}

bool prompt_cache::is_fresh(std::uint64_t print, time_point now) const {
    const auto found = index_.find(print);
    return found != index_.end() && found->second->expires > now;
}

void prompt_cache::touch(std::uint64_t print, time_point expires) {
    if (const auto found = index_.find(print); found != index_.end()) {
        found->second->expires = expires;
        blocks_.splice(blocks_.begin(), blocks_, found->second);
        return;
    }
    blocks_.push_front({print, expires});
    index_.emplace(print, blocks_.begin());
}

void prompt_cache::shrink(std::size_t blocks_max) {
    while (blocks_.size() > blocks_max) {
        index_.erase(blocks_.back().print);
        blocks_.pop_back();
    }
}

}  // namespace sluice::upstream::mock
