#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/gemini_answers.hpp"

#include <string>
#include <string_view>

namespace sluice::gateway {

/// The border between one response and the next, as events or as an array's elements.
class gemini_frames {
 public:
    explicit gemini_frames(gemini_form form) : form_(form) {}

    /// One response, JSON on one line.
    void append(std::string_view response, frame_writer& out);
    /// The end of an answer that did not fail.
    void end(frame_writer& out);
    /// The in-stream error, which ends the stream.
    void fail(const upstream::failure& reason, frame_writer& out);

    std::string heartbeat() const;
    std::string farewell(const upstream::failure& reason) const;

 private:
    std::string frame(std::string_view response) const;

    gemini_form form_;
    bool begun_ = false;
    std::string text_;
};

}  // namespace sluice::gateway
