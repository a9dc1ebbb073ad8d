#pragma once

#include <string>
#include <string_view>

namespace sluice::upstream {

/// Takes the quotes off JSON text that was written as a JSON string once more, piece by piece:
/// `"{\"a\":1}"` becomes `{"a":1}`. Text that does not begin with a quote stays as it is. For
/// arguments of tool calls, which are objects and never strings. Pure.
class quoted_json {
 public:
    /// Appends what the next piece stands for.
    void feed(std::string_view text, std::string& out);

 private:
    enum class place { start, plain, quoted, escape, code };

    void feed(char c, std::string& out);
    void read_escape(char c, std::string& out);
    void read_code(char c, std::string& out);
    void put_unit(unsigned unit, std::string& out);

    place at_ = place::start;
    unsigned unit_ = 0;       ///< of a \u escape, as far as it has come
    int digits_ = 0;          ///< hex digits of it so far
    unsigned surrogate_ = 0;  ///< the first half of a pair, until the second has come
};

}  // namespace sluice::upstream
