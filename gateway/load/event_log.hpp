#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace sluice::gateway::load {

/// The raw log of a run: one line of CSV for each thing that happened to a stream, from which
/// everything that is reported can be computed again.
///
/// `stream,what,at_ns,value`; `what` is due, begin, sent, byte, event, content, visible, stamp
/// (value: when the token was sent), done, failed, aborted. Shared by the workers, each of which
/// writes whole lines.
class event_log {
 public:
    /// Throws std::system_error where the file cannot be made.
    explicit event_log(const std::string& path);

    /// Flushes; false: something could not be written.
    bool finish();

    /// One worker's share of it.
    class writer {
     public:
        explicit writer(event_log* log) : log_(log) {}
        ~writer() { flush(); }
        writer(const writer&) = delete;
        writer& operator=(const writer&) = delete;

        void note(
            std::uint64_t stream, std::string_view what, std::int64_t at_ns, std::int64_t value = 0
        ) {
            if (log_ != nullptr) append(stream, what, at_ns, value);
        }

        void flush();

     private:
        void append(
            std::uint64_t stream, std::string_view what, std::int64_t at_ns, std::int64_t value
        );

        event_log* log_;  // null: nothing is logged
        std::string lines_;
    };

 private:
    struct closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };

    void write(std::string_view lines);

    std::mutex mutex_;
    std::unique_ptr<std::FILE, closer> file_;
};

}  // namespace sluice::gateway::load
