#include "gateway/admission/ledger/sqlite.hpp"

#include <limits>
#include <new>
#include <sqlite3.h>

namespace sluice::gateway::sqlite {

namespace {

/// SQLite makes it of zeros.
struct running_sum {
    std::int64_t sum;
    bool any;
};

void add_to_sum(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
    auto* so_far =
        static_cast<running_sum*>(sqlite3_aggregate_context(context, sizeof(running_sum)));
    if (so_far == nullptr) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (sqlite3_value_type(values[0]) == SQLITE_NULL) return;
    so_far->sum = saturated_sum(so_far->sum, sqlite3_value_int64(values[0]));
    so_far->any = true;
}

void tell_sum(sqlite3_context* context) {
    const auto* so_far = static_cast<const running_sum*>(sqlite3_aggregate_context(context, 0));
    if (so_far != nullptr && so_far->any)
        sqlite3_result_int64(context, so_far->sum);
    else
        sqlite3_result_null(context);
}

}  // namespace

void close_database::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

std::string last_error(sqlite3* database) {
    return database == nullptr ? "out of memory" : sqlite3_errmsg(database);
}

int open(const std::string& name, int flags, database& into) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &opened, flags, nullptr);
    into.reset(opened);
    if (opened != nullptr) sqlite3_extended_result_codes(opened, 1);
    return code;
}

void statement::finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

statement::statement(sqlite3* database, std::string_view text) {
    sqlite3_stmt* made = nullptr;
    sqlite3_prepare_v2(database, text.data(), static_cast<int>(text.size()), &made, nullptr);
    made_.reset(made);
}

void statement::bind(int parameter, std::int64_t value) {
    sqlite3_bind_int64(made_.get(), parameter, value);
}

void statement::bind(int parameter, std::optional<std::int64_t> value) {
    if (value)
        bind(parameter, *value);
    else
        sqlite3_bind_null(made_.get(), parameter);
}

void statement::bind(int parameter, std::string_view value) {
    // A null pointer would be NULL.
    const char* text = value.empty() ? "" : value.data();
    sqlite3_bind_text64(made_.get(), parameter, text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

int statement::step() {
    return sqlite3_step(made_.get());
}

void statement::reset() {
    sqlite3_reset(made_.get());
}

std::int64_t statement::integer(int column) const {
    return sqlite3_column_int64(made_.get(), column);
}

std::optional<std::int64_t> statement::integer_or_null(int column) const {
    if (sqlite3_column_type(made_.get(), column) == SQLITE_NULL) return std::nullopt;
    return integer(column);
}

std::optional<std::string> statement::text_or_null(int column) const {
    const auto* text = sqlite3_column_text(made_.get(), column);
    if (text == nullptr) return std::nullopt;
    const int size = sqlite3_column_bytes(made_.get(), column);
    return std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
}

int run(sqlite3* database, std::string_view text) {
    statement running(database, text);
    if (!running.valid()) return sqlite3_extended_errcode(database);
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW)
        code = running.step();
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

std::optional<std::int64_t> integer_of(sqlite3* database, std::string_view text) {
    statement asked(database, text);
    if (!asked.valid() || asked.step() != SQLITE_ROW) return std::nullopt;
    return asked.integer_or_null(0);
}

std::optional<std::string> text_of(sqlite3* database, std::string_view text) {
    statement asked(database, text);
    if (!asked.valid() || asked.step() != SQLITE_ROW) return std::nullopt;
    return asked.text_or_null(0);
}

std::int64_t saturated_sum(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    using limits = std::numeric_limits<std::int64_t>;
    return a < 0 ? limits::min() : limits::max();
}

int add_saturated_sum(sqlite3* database) {
    return sqlite3_create_function(
        database,
        "saturated_sum",
        1,
        SQLITE_UTF8 | SQLITE_DETERMINISTIC,
        nullptr,
        nullptr,
        add_to_sum,
        tell_sum
    );
}

}  // namespace sluice::gateway::sqlite
