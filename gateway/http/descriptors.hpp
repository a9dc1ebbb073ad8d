#pragma once

#include <cstddef>

namespace sluice::gateway {

/// Raises the process's soft limit of descriptors to the hard one. Returns how many there may be
/// from now on; 0 if nobody knows.
std::size_t raise_descriptor_limit();

/// What takes descriptors, in numbers.
struct descriptor_needs {
    std::size_t each = 2;       ///< of one client: its connection, one to a provider, ...
    std::size_t listeners = 1;  ///< sockets that accept, of all workers together
};

/// How many clients may be let in at once, of `wanted`: such that connections take `limit / each`
/// descriptors at most. At least one.
std::size_t connections_that_fit(
    std::size_t wanted, std::size_t limit, const descriptor_needs& needs
);

}  // namespace sluice::gateway
