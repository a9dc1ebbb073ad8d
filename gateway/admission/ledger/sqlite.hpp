#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

/// SQLite as values with owners. Codes are SQLite's own; nothing here throws or logs. A connection
/// and its statements belong to one thread at a time.
namespace sluice::gateway::sqlite {

struct close_database {
    void operator()(sqlite3* database) const;
};
using database = std::unique_ptr<sqlite3, close_database>;

/// SQLite's word for what the connection, or the attempt to open it, last failed with.
std::string last_error(sqlite3* database);

/// Opens a file by its absolute path, or by a `file:` URI if the flags say so. Whatever the code,
/// `into` then tells by `last_error` what is wrong.
int open(const std::string& name, int flags, database& into);

/// One statement of one connection, which has to outlive it. Parameters count from 1, columns
/// from 0.
class statement {
 public:
    /// Where the text is at fault, `valid` says no and the connection why.
    statement(sqlite3* database, std::string_view text);

    bool valid() const { return made_ != nullptr; }

    void bind(int parameter, std::int64_t value);
    void bind(int parameter, std::optional<std::int64_t> value);  ///< nothing: NULL
    void bind(int parameter, std::string_view value);             ///< copied

    /// SQLITE_ROW, SQLITE_DONE, or what went wrong.
    int step();
    /// Makes it ready for the next run; parameters keep their values.
    void reset();

    std::int64_t integer(int column) const;
    std::optional<std::int64_t> integer_or_null(int column) const;
    std::optional<std::string> text_or_null(int column) const;

 private:
    struct finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    std::unique_ptr<sqlite3_stmt, finalize> made_;
};

/// Runs a statement without parameters to its end. SQLITE_OK, or what went wrong.
int run(sqlite3* database, std::string_view text);

/// The first column of its first row; nothing: there is none, or it failed.
std::optional<std::int64_t> integer_of(sqlite3* database, std::string_view text);
std::optional<std::string> text_of(sqlite3* database, std::string_view text);

/// `a + b`, held at the ends of the range.
std::int64_t saturated_sum(std::int64_t a, std::int64_t b);

/// Gives the connection the aggregate `saturated_sum(x)`: as `sum`, NULL where all is NULL, but
/// held at the ends of the range where `sum` fails. Counts come from providers, who may say
/// anything.
int add_saturated_sum(sqlite3* database);

}  // namespace sluice::gateway::sqlite
