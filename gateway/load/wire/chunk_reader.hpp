#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::gateway::load {

/// Takes HTTP/1.1's chunked coding off a body. Incremental and pure: the pieces joined depend only
/// on the bytes, never on how they were cut. Chunk extensions and trailers are skipped. No
/// allocation. Owned by one thread.
class chunk_reader {
 public:
    /// The next piece of the body from the front of `bytes`, which loses what was used. An empty
    /// piece: all bytes are used, or the body is `done()` or `failed()`.
    std::string_view next(std::string_view& bytes);

    /// The last chunk and its trailers have come.
    bool done() const { return state_ == state::done; }
    /// The bytes were no chunked body, or its lines are longer than anybody writes them.
    bool failed() const { return state_ == state::failed; }

 private:
    enum class state { size, extension, data, data_end, trailer, done, failed };

    void take_framing(char c);
    void take_size(char c);
    void end_size_line();
    void end_trailer_line();

    state state_ = state::size;
    std::uint64_t left_ = 0;    // of the current chunk; while its size is read: so far
    std::size_t digits_ = 0;    // of the size
    std::size_t line_ = 0;      // bytes of the current trailer
    std::size_t overhead_ = 0;  // bytes of extensions and trailers, to bound them
};

}  // namespace sluice::gateway::load
