#pragma once

namespace sluice::upstream {

/// Several lambdas as one visitor of a variant.
template <class... Visitors>
struct overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
overloaded(Visitors...) -> overloaded<Visitors...>;

}  // namespace sluice::upstream
