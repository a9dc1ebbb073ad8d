#pragma once

#include "gateway/load/wire/chunk_reader.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::gateway::load {

/// Reads one HTTP/1.1 response: its status, and its body without the framing. Incremental and pure:
/// what comes out depends only on the bytes, never on how they were cut. Interim responses (1xx)
/// are skipped. The head is bounded, the body is not kept. Owned by one thread.
class response_reader {
 public:
    /// The next piece of the body, a view into `bytes`, which loses what was used. An empty piece:
    /// all bytes are used, or the response is `done()` or `failed()`.
    std::string_view next(std::string_view& bytes);

    /// The connection has ended: so has a body that has no other end; any other is broken.
    void end_of_file();

    /// Makes it ready for the next response of the connection.
    void reset();

    bool has_head() const { return state_ > state::head && status_ != 0; }
    /// Nothing of it has come.
    bool is_untouched() const { return state_ == state::head && head_.empty() && status_ == 0; }
    bool done() const { return state_ == state::done; }
    bool failed() const { return state_ == state::failed; }
    /// Why it failed, as a sentence.
    std::string_view problem() const { return problem_; }
    /// Of the head; 0 before it.
    int status() const { return status_; }
    /// Where what the response began can be read again (Location, X-Stream-Id), as a path; empty:
    /// the server does not say.
    const std::string& stream_path() const { return stream_path_; }
    /// The server keeps the connection for a next request.
    bool keeps_connection() const { return keep_; }

 private:
    enum class state { head, chunks, length, until_close, done, failed };

    bool take_head(std::string_view& bytes);
    void read_head(std::string_view head);
    bool read_status_line(std::string_view line);
    bool read_field(std::string_view line);
    void begin_body();
    void fail(std::string_view problem);
    std::string_view next_by_length(std::string_view& bytes);
    std::string_view next_chunk(std::string_view& bytes);

    state state_ = state::head;
    std::string head_;
    std::string_view problem_;
    std::string stream_path_;
    int status_ = 0;
    bool keep_ = true;
    bool chunked_ = false;
    bool has_length_ = false;
    std::uint64_t left_ = 0;
    chunk_reader chunks_;
};

}  // namespace sluice::gateway::load
