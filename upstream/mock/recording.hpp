#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The file format of a recorded exchange with a provider. Pure: text in, text out.
///
/// One JSON object a line: what was asked and of whom; the head of the answer; each read of its
/// body with its time; how it ended. Times are seconds since the request was sent. What the reads
/// hold, put behind each other, is the body to the byte. upstream/routing/README.md shows one.
namespace sluice::upstream {

/// What was asked, and of whom.
struct recorded_request {
    /// What a codec has to know: name, kind, host, base_url, apis, ask_usage. No credentials.
    provider_settings provider;
    upstream::api client = api::native;  ///< the client's API
    bool stream = true;                  ///< the client wanted a stream
    std::string model;                   ///< as the provider was asked for it
    std::string when;                    ///< UTC, as 2026-11-26T14:01:02.123Z
    std::string method = "POST";
    std::string url;
    header_list headers;
    std::optional<std::string> body;  ///< nothing: too long to be kept
};

/// A read of the body.
struct recorded_read {
    double at = 0;
    std::size_t end = 0;  ///< one behind its last byte within the body
};

struct recording {
    std::string file;  ///< for messages
    recorded_request request;
    double head_at = 0;
    int status = 0;  ///< 0: there was no answer
    header_list headers;
    std::string body;
    std::vector<recorded_read> reads;
    double ended_at = 0;
    std::string ended;    ///< one of the words below
    std::string message;  ///< for people, of an exchange that failed

    /// The client API whose own protocol the answer is in; nothing: no client speaks it.
    std::optional<api> protocol() const;
    /// The answer is one document, not a stream.
    bool is_document() const;
};

/// How an exchange ended: `whole`, `left` (it was given up here), or the name of a transfer_error.
bool is_recorded_ending(std::string_view word);

/// A longer line is refused. Twice what a request's body may be by default: every byte of it may
/// need an escape.
inline constexpr std::size_t recording_line_bytes_max = 64U << 20;
/// The body of a longer request is left out of its recording, so that the line can be read again.
inline constexpr std::size_t recorded_body_bytes_max = recording_line_bytes_max / 4 * 3 - 65536;

// The lines of a recording, each with its line end.
std::string recording_request_line(const recorded_request& request);
std::string recording_head_line(double at, int status, const header_list& headers);
/// Appends: there is one for each read.
void append_recording_read(std::string& out, double at, std::string_view bytes);
std::string recording_end_line(double at, std::string_view word, std::string_view message);

/// Reads one recording, in pieces of any size. Files are foreign: whatever is wrong with one is
/// told as `file:line: message`.
class recording_reader {
 public:
    explicit recording_reader(std::string file) { made_.file = std::move(file); }

    /// False: it is no recording, see `error`.
    bool feed(std::string_view bytes);
    /// The file has ended. Nothing where it is no whole recording, see `error`.
    std::optional<recording> finish();
    const std::string& error() const { return error_; }

 private:
    enum class part { request, head, body, after };

    bool take_line(std::string_view line);
    bool fail(std::string_view why);

    recording made_;
    part part_ = part::request;
    std::size_t line_ = 1;
    std::string rest_;  ///< of a line that is not whole yet
    std::string error_;
};

}  // namespace sluice::upstream
