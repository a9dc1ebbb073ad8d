#pragma once

#include "tests/sse/parsing.hpp"

#include <string>
#include <string_view>

namespace sluice::sse::testing {

/// The algorithm of the specification, written down as it is told there: the whole stream at once,
/// byte for byte, with no thought of speed. The parser is compared with it.
class reference_parser {
 public:
    static outcome parse(std::string_view wire) {
        if (wire.starts_with("\xEF\xBB\xBF")) wire.remove_prefix(3);
        reference_parser self;
        std::string line;
        for (std::size_t at = 0; at < wire.size(); ++at) {
            if (wire[at] != '\r' && wire[at] != '\n') {
                line += wire[at];
                continue;
            }
            if (wire.substr(at, 2) == "\r\n") ++at;
            self.take(line);
            line.clear();
        }
        return self.result_;
    }

 private:
    void take(const std::string& line) {
        if (line.empty()) return dispatch();
        if (line[0] == ':') return;
        const std::size_t colon = line.find(':');
        std::string value = colon == std::string::npos ? "" : line.substr(colon + 1);
        if (!value.empty() && value[0] == ' ') value.erase(0, 1);
        process(line.substr(0, colon), value);
    }

    void process(const std::string& field, const std::string& value) {
        if (field == "event") type_ = value;
        if (field == "data") data_ += value + "\n";
        if (field == "id" && value.find('\0') == std::string::npos) id_ = value;
        const bool digits = value.find_first_not_of("0123456789") == std::string::npos;
        if (field == "retry" && digits && !value.empty()) result_.retry_ms = bounded(value);
    }

    static std::uint64_t bounded(const std::string& digits) {
        constexpr std::uint64_t most = 4294967295;
        const std::size_t zeros = std::min(digits.find_first_not_of('0'), digits.size());
        if (digits.size() - zeros > 10) return most;
        return std::min<std::uint64_t>(std::stoull(digits), most);
    }

    void dispatch() {
        const bool dispatched = !data_.empty();
        if (dispatched) data_.pop_back();
        result_.blocks.push_back({type_.empty() ? "message" : type_, data_, id_, dispatched});
        type_.clear();
        data_.clear();
    }

    outcome result_;
    std::string type_;
    std::string data_;
    std::string id_;
};

}  // namespace sluice::sse::testing
