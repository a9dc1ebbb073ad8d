#include "gateway/http/descriptors.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace sluice::gateway {

std::size_t raise_descriptor_limit() {
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
    const auto before = files.rlim_cur;
    files.rlim_cur = files.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_max : before;
}

std::size_t connections_that_fit(
    std::size_t wanted, std::size_t limit, const descriptor_needs& needs
) {
    const auto room = limit / needs.each;
    // One that is full has let the last one in; each of the others may do so, too, before it looks.
    const auto beyond = needs.listeners - 1;
    const auto most = room > beyond ? room - beyond : 0;
    return std::max<std::size_t>(1, std::min(wanted, most));
}

}  // namespace sluice::gateway
