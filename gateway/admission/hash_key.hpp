#pragma once

#include <iosfwd>

namespace sluice::gateway {

/// `sluice hash-key`: reads a client key, the first line of `in` without its end, and prints the
/// line that goes into the configuration. With `generate` it makes a key of 256 random bits instead
/// and prints it above that line; nothing is read.
///
/// Keys are kept as plain SHA-256, so that a check costs next to nothing for each request; that is
/// safe for keys that nobody can guess, so that short ones are refused. No message repeats the key,
/// and what this function holds of it is wiped; buffers of the streams are the caller's.
///
/// Returns the process's exit code: 1 where the key is refused or can't be made.
int run_hash_key(std::istream& in, std::ostream& out, std::ostream& err, bool generate);

}  // namespace sluice::gateway
