#include "gateway/admission/ledger/ledger_file.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <optional>
#include <sqlite3.h>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace sluice::gateway {

namespace {

using boost::system::result;

/// "SLUL": tells a ledger from other programs' databases.
constexpr std::int64_t application_id = 0x534C554C;
constexpr std::int64_t version = 1;
constexpr mode_t file_mode = 0640;
/// How long one attempt waits for another process's lock. The ledger's writer has patience of its
/// own; a longer wait here would hold up its end.
constexpr int busy_timeout_ms = 200;
constexpr int read_busy_timeout_ms = 5000;

constexpr std::array<std::string_view, 6> schema{
    "CREATE TABLE requests ("
    "started INTEGER NOT NULL, "  // Unix milliseconds
    "request_id TEXT NOT NULL, "
    "stream TEXT NOT NULL, "
    "key TEXT NOT NULL, "     // '' without keys
    "labels TEXT NOT NULL, "  // a JSON object of texts
    "model TEXT NOT NULL, "
    "target TEXT NOT NULL, "
    "dialect TEXT NOT NULL, "
    "streamed INTEGER NOT NULL, "
    "outcome TEXT NOT NULL, "
    "attempts INTEGER NOT NULL, "
    "input_tokens INTEGER, "  // NULL in this and the next: nobody told
    "cached_tokens INTEGER, "
    "cache_write_tokens INTEGER, "
    "output_tokens INTEGER, "
    "reasoning_tokens INTEGER, "
    "input_audio_tokens INTEGER, "
    "output_audio_tokens INTEGER, "
    "cost INTEGER, "     // billionths; NULL: the target has no price
    "ttft_ms INTEGER, "  // NULL: no token came
    "duration_ms INTEGER NOT NULL)",
    "CREATE INDEX requests_by_start ON requests (started)",
    "CREATE INDEX requests_by_key ON requests (key, started)",
    "CREATE INDEX requests_by_model ON requests (model, started)",
    "PRAGMA application_id = 1397511500",
    "PRAGMA user_version = 1",
};
static_assert(application_id == 1397511500 && version == 1, "as the schema has them");

std::string cannot(std::string_view what, const std::string& path, std::string_view why) {
    return std::string("cannot ").append(what).append(" the usage ledger '") + path +
           "': " + std::string(why);
}

constexpr std::string_view keep = "keep";
constexpr std::string_view read = "read";

std::string_view kind_of(mode_t mode) {
    if (S_ISDIR(mode)) return "it is a directory";
    if (S_ISLNK(mode)) return "it is a symbolic link; name the file itself";
    return "it is not a plain file";
}

std::optional<std::string> real_path(const std::string& path) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
    if (!real) return std::nullopt;
    return std::string(real.get());
}

/// Makes it the path without links in the folders on its way: SQLite is to follow none at its end,
/// and can't tell the two apart. What is wrong, or nothing.
std::optional<std::string> resolve_folder(std::string& path) {
    const auto name = path.rfind('/') + 1;  // 0 where there is no slash
    if (name == path.size()) return "it names no file";
    const std::string folder = name == 0 ? "." : path.substr(0, name);
    auto real = real_path(folder);
    if (!real) return "folder '" + folder + "': " + std::strerror(errno);
    if (!real->ends_with('/')) *real += '/';
    path = *real + path.substr(name);
    return std::nullopt;
}

/// Makes an empty file that is nobody's but the owner's and the group's. What is wrong, or nothing.
/// An existing file is not opened, for closing it would give up the locks that this process may
/// hold on it.
std::optional<std::string> make_if_missing(const std::string& path) {
    struct stat seen {};
    if (::lstat(path.c_str(), &seen) == 0) {
        if (S_ISREG(seen.st_mode)) return std::nullopt;
        return std::string(kind_of(seen.st_mode));
    }
    if (errno != ENOENT) return std::strerror(errno);
    const int made =
        ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file_mode);
    if (made < 0) {
        // Another process has just made it.
        if (errno == EEXIST) return make_if_missing(path);
        return std::strerror(errno);
    }
    const bool permitted = ::fchmod(made, file_mode) == 0;
    const int error = errno;
    ::close(made);
    if (!permitted) return std::strerror(error);
    return std::nullopt;
}

enum class content { nothing, ledger, refused };

struct finding {
    content what = content::refused;
    std::string why = {};
};

finding look_into(sqlite3* database) {
    const auto tables = sqlite::integer_of(database, "SELECT count(*) FROM sqlite_master");
    const auto application = sqlite::integer_of(database, "PRAGMA application_id");
    const auto stored = sqlite::integer_of(database, "PRAGMA user_version");
    if (!tables || !application || !stored) {
        const bool foreign = (sqlite3_errcode(database) & 0xff) == SQLITE_NOTADB;
        return {
            content::refused,
            foreign ? "it is not an SQLite database" : sqlite::last_error(database)};
    }
    if (*application == application_id && *stored > version) {
        return {
            content::refused,
            "a newer version of Sluice made it (format " + std::to_string(*stored) +
                ", and this one knows " + std::to_string(version) + ")"};
    }
    if (*application == application_id && *stored == version) return {content::ledger};
    if (*application == 0 && *stored == 0 && *tables == 0) return {content::nothing};
    return {content::refused, "it is an SQLite database, but not a ledger of Sluice"};
}

/// What is wrong, or nothing.
std::optional<std::string> fill(sqlite3* database) {
    if (sqlite::run(database, "BEGIN IMMEDIATE") != SQLITE_OK) return sqlite::last_error(database);
    auto found = look_into(database);
    if (found.what == content::refused) return std::move(found.why);
    if (found.what == content::nothing) {
        for (const std::string_view line : schema) {
            if (sqlite::run(database, line) != SQLITE_OK) return sqlite::last_error(database);
        }
    }
    if (sqlite::run(database, "COMMIT") != SQLITE_OK) return sqlite::last_error(database);
    return std::nullopt;
}

std::optional<std::string> prepare_to_write(sqlite3* database) {
    sqlite3_busy_timeout(database, busy_timeout_ms);
    auto found = look_into(database);
    if (found.what == content::refused) return std::move(found.why);
    // Readers do not hold up the writer, nor it them.
    if (const auto mode = sqlite::text_of(database, "PRAGMA journal_mode = WAL"); mode != "wal") {
        return mode ? "its file system has no shared memory for a write-ahead log"
                    : sqlite::last_error(database);
    }
    // With a write-ahead log, a crash of the process loses nothing that was committed.
    if (sqlite::run(database, "PRAGMA synchronous = NORMAL") != SQLITE_OK)
        return sqlite::last_error(database);
    return fill(database);
}

/// The path as SQLite's URI of a database that does not change, so that it needs no files beside
/// it.
std::string at_rest_uri(const std::string& path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') ||
                           std::string_view("/-_.").find(c) != std::string_view::npos;
        if (plain)
            uri += c;
        else
            uri.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
    }
    return uri + "?immutable=1";
}

std::string write_ahead_log(const std::string& path) {
    return path + "-wal";
}

}  // namespace

result<sqlite::database, std::string> open_ledger_to_write(const std::string& path) {
    std::string real = path;
    if (const auto problem = resolve_folder(real)) return cannot(keep, path, *problem);
    if (const auto problem = make_if_missing(real)) return cannot(keep, path, *problem);
    sqlite::database database;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX;
    if (sqlite::open(real, flags, database) != SQLITE_OK)
        return cannot(keep, path, sqlite::last_error(database.get()));
    if (const auto problem = prepare_to_write(database.get())) return cannot(keep, path, *problem);
    return database;
}

bool readable_ledger::disturbed() const {
    return at_rest && ::access(write_ahead_log(path).c_str(), F_OK) == 0;
}

result<readable_ledger, std::string> open_ledger_to_read(const std::string& path) {
    const auto real = real_path(path);
    struct stat seen {};
    if (!real || ::stat(real->c_str(), &seen) != 0) return cannot(read, path, std::strerror(errno));
    if (!S_ISREG(seen.st_mode)) return cannot(read, path, kind_of(seen.st_mode));

    readable_ledger opened;
    opened.path = *real;
    opened.at_rest = ::access(write_ahead_log(*real).c_str(), F_OK) != 0;
    constexpr int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    const int code =
        opened.at_rest ? sqlite::open(at_rest_uri(*real), flags | SQLITE_OPEN_URI, opened.database)
                       : sqlite::open(*real, flags, opened.database);
    auto* database = opened.database.get();
    if (code != SQLITE_OK) return cannot(read, path, sqlite::last_error(database));
    sqlite3_busy_timeout(database, read_busy_timeout_ms);
    const auto found = look_into(database);
    if (found.what == content::refused) return cannot(read, path, found.why);
    if (found.what == content::nothing) return cannot(read, path, "it is empty");
    if (sqlite::add_saturated_sum(database) != SQLITE_OK)
        return cannot(read, path, sqlite::last_error(database));
    return opened;
}

}  // namespace sluice::gateway
