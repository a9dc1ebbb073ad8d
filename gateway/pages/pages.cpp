#include "gateway/pages/pages.hpp"

#include <algorithm>

namespace sluice::gateway {

const page* find_page(std::string_view name) {
    const auto all = all_pages();
    const auto found = std::lower_bound(
        all.begin(),
        all.end(),
        name,
        [](const page& one, std::string_view wanted) { return one.name < wanted; }
    );
    return found != all.end() && found->name == name ? &*found : nullptr;
}

std::string_view pages_csp() {
    return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
           "media-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
           "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dompurify";
}

}  // namespace sluice::gateway
