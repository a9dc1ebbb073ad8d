#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// The bytes that the micro-benchmarks work on: like those of the field in size and in shape.
/// Everything that is given out lives as long as the program.
namespace sluice::bench {

/// The text of the token in `token_frame()`.
inline constexpr std::string_view token_text = " rivers";

/// The JSON of one chat completion chunk with one token in it.
std::string_view token_chunk();
/// That chunk as an event of 196 bytes.
std::string_view token_frame();

/// How many such events fill one read of the upstream's socket.
inline constexpr std::size_t read_frames = 80;
/// `read_frames` of them one behind the other: a little less than 16 KiB.
std::string_view token_read();

/// The lengths of the two requests that everything about requests is measured with.
enum class conversation {
    small,  ///< one question
    large,  ///< 100 KiB of questions and answers, with escapes and some UTF-8 in them
};

/// How many messages it has.
std::size_t messages_of(conversation length);

/// The body of a streamed request for a chat completion.
const std::string& chat_body(conversation length);
/// The body of a native request for the same: a prompt where there is one question.
const std::string& native_body(conversation length);

}  // namespace sluice::bench
