#pragma once

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <string_view>
#include <sys/time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define FUZZ_UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FUZZ_UNDER_ASAN 1
#endif
#endif

/// Tells which input a fuzz target died of: as hex, and as the file crash-<hash> in the current
/// folder. The input is only pointed at before it runs; all work is done in the signal's handler,
/// with calls that are allowed there.
namespace crash_note {

/// The input that runs now. Its owner keeps it until `end`.
inline std::string_view input;
inline bool running = false;

/// Processor time that one input may take; it is hung otherwise. Much, as sanitizers are slow.
inline constexpr int seconds_max = 20;

inline void write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written <= 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

inline void write_hex(int file, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        const std::array<char, 2> pair{digits[byte >> 4U], digits[byte & 15U]};
        write_all(file, {pair.data(), pair.size()});
    }
}

/// FNV-1a, so that the same input has the same file.
inline std::uint64_t hash_of(std::string_view bytes) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : bytes)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return hash;
}

inline void keep() {
    constexpr std::size_t hex_max = 1024;  // the file has the rest
    std::array<char, 32> name{"crash-"};
    const auto hash = hash_of(input);
    for (std::size_t i = 0; i < 16; ++i)
        name[6 + i] = "0123456789abcdef"[(hash >> (60 - 4 * i)) & 15U];
    const int file = ::open(name.data(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (file >= 0) {
        write_all(file, input);
        ::close(file);
    }
    write_all(STDERR_FILENO, "\nthe input that it died of is kept as ");
    write_all(STDERR_FILENO, name.data());
    write_all(STDERR_FILENO, "; in hex: ");
    write_hex(STDERR_FILENO, input.substr(0, hex_max));
    write_all(STDERR_FILENO, input.size() > hex_max ? "...\n" : "\n");
}

inline void on_signal(int number) {
    if (running && number == SIGPROF) write_all(STDERR_FILENO, "\nthe input takes too long");
    if (running) keep();
    running = false;  // a time-out ends with the other signal
    std::signal(number, SIG_DFL);
    std::raise(number == SIGPROF ? SIGABRT : number);
}

/// Watches over all inputs from now on.
inline void watch() {
    // A stack that is used up is no place to run a handler on.
    static std::array<char, 1 << 16> stack;
    const stack_t own{stack.data(), 0, stack.size()};
    ::sigaltstack(&own, nullptr);
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_ONSTACK | SA_RESETHAND;
    ::sigaction(SIGABRT, &action, nullptr);
    ::sigaction(SIGPROF, &action, nullptr);
#ifndef FUZZ_UNDER_ASAN
    // The address sanitizer tells more of these, and aborts then.
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        ::sigaction(number, &action, nullptr);
#endif
}

/// Names the input that runs next and gives it its time.
inline void begin(std::string_view next) {
    input = next;
    running = true;
    const itimerval limit{{0, 0}, {seconds_max, 0}};
    ::setitimer(ITIMER_PROF, &limit, nullptr);
}

inline void end() {
    running = false;
}

}  // namespace crash_note

// The sanitizers end with an abort, where the handler above is.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" inline __attribute__((used)) const char* __asan_default_options() {
    return "abort_on_error=1:detect_stack_use_after_return=1";
}
extern "C" inline __attribute__((used)) const char* __ubsan_default_options() {
    return "abort_on_error=1:print_stacktrace=1";
}
extern "C" inline __attribute__((used)) const char* __tsan_default_options() {
    return "abort_on_error=1:detect_stack_use_after_return=1";
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
