#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream::mock {

/// Lets text through up to the first stop string, wherever the text was cut. Holds back only what
/// could be the beginning of a stop string.
class stop_filter {
 public:
    /// Bounds what is held back, and the work for each token.
    static constexpr std::size_t strings_max = 16;
    static constexpr std::size_t string_bytes_max = 1024;

    stop_filter() = default;
    explicit stop_filter(std::vector<std::string> strings);  ///< empty ones say nothing

    /// Appends to `out` what may be seen now. Nothing may be fed after stopped().
    void feed(std::string_view text, std::string& out);
    /// There will be no more text: appends what was held back.
    void finish(std::string& out);
    bool stopped() const { return !stopped_by_.empty(); }
    /// The string that stopped it; empty: none.
    const std::string& stopped_by() const { return stopped_by_; }

 private:
    std::size_t held_bytes() const;

    std::vector<std::string> strings_;
    std::string pending_;
    std::string stopped_by_;
};

}  // namespace sluice::upstream::mock
