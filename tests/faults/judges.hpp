#pragma once

#include "tests/end_to_end/support/http.hpp"

#include <string>
#include <string_view>

/// What a client makes of the bytes that it got. Pure.
namespace sluice::faults {

enum class client { openai, anthropic, native };
std::string_view to_string(client kind);

/// What an answer is, to somebody who knows what it should say.
struct finding {
    enum class kind {
        text,   ///< the whole known answer, properly ended
        error,  ///< a failure in the dialect's own shape, behind a prefix of the known answer at
                ///< most
        wrong,  ///< anything else
    };
    kind is = kind::wrong;
    std::string complaint;   ///< of `wrong`: what is not as it should be
    bool in_stream = false;  ///< the error came in the stream, not in the status
    std::string error_message;
};

struct judging {
    client kind = client::openai;
    bool streamed = true;
    bool finish_may_lack = false;
    bool repeated = false;  ///< the text may be the known answer over and over
};

/// `answer` is whole as HTTP has it.
finding judge(const end_to_end::http_response& answer, const judging& how);

}  // namespace sluice::faults
