#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/recording.hpp"
#include "upstream/providers/settings.hpp"

#include <boost/system/result.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// What is compared of a request's body.
struct body_marks {
    bool is_json = false;
    std::uint64_t whole = 0;              ///< of the JSON, whatever its white space and order
    std::optional<std::uint64_t> prompt;  ///< of the last message of the user
};
body_marks marks_of(std::string_view body);

/// All recordings that one replaying provider has. Read once; immutable but for the counts of what
/// was played. Shared by all workers.
///
/// Which recording answers a request: a client whose own protocol was recorded gets one of that
/// protocol, as it came; others get any that can be translated. Among these the first of:
/// the same body; the same model and the same last message of the user; the same last message; the
/// same model; any. Of the last two kinds, those that ended whole with an answer of 2xx go first.
/// Of several that are equally near, the one that was played least, then the first by name.
class recordings {
 public:
    /// A provider as it was when recorded. Requests are encoded for it before they are compared.
    struct speaker {
        provider_settings settings;
        std::optional<api> protocol;  ///< the client API that it is relayed to; nothing: none
    };
    /// A request, encoded for one of the speakers.
    struct wanted {
        std::size_t speaker = 0;
        bool document = false;  ///< the answer has to be one document
        std::string_view model;
        std::string_view body;
    };
    struct choice {
        std::size_t speaker = 0;
        const recording* played = nullptr;
    };
    using loaded = boost::system::result<std::shared_ptr<const recordings>, std::string>;

    /// Of a file, or of all `*.jsonl` of a folder. An error is a sentence that names the file and,
    /// where there is one, the line.
    static loaded load(const std::string& path);
    explicit recordings(std::vector<recording> all);

    /// Whether a client of this API is answered in the recorded bytes.
    bool speaks(api client) const;
    const std::vector<speaker>& speakers() const { return speakers_; }
    /// Those that may answer a client of this API.
    std::vector<std::size_t> speakers_for(api client) const;
    /// Nothing where no recording fits. Counts what it chose. Any thread.
    std::optional<choice> choose(std::span<const wanted> requests) const;

    std::size_t size() const { return all_.size(); }

 private:
    struct entry {
        recording played;
        std::size_t speaker = 0;
        bool document = false;
        body_marks marks;
        mutable std::atomic<std::uint32_t> plays{0};
    };

    std::size_t speaker_of(const recording& one);

    std::vector<speaker> speakers_;
    std::vector<std::unique_ptr<const entry>> all_;
};

}  // namespace sluice::upstream
