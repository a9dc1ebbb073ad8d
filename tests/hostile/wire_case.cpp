#include "tests/hostile/wire_case.hpp"

#include "tests/end_to_end/support/raw_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <mutex>
#include <thread>

namespace sluice::hostile {
namespace {

using end_to_end::harness_error;
using end_to_end::milliseconds;
using end_to_end::raw_client;

constexpr std::size_t askers = 8;
/// Small enough that a refusal is seen before much more than the gateway discards is on its way.
constexpr std::size_t piece_bytes = 32U << 10;

std::atomic<std::size_t> counted{0};

/// Stops at the first sign of an answer: what the gateway does not read any more would only make
/// its kernel reset the connection.
void send_while_unanswered(raw_client& client, std::string_view bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
        const auto piece = bytes.substr(at, piece_bytes);
        if (client.try_send(piece) != piece.size()) return;
        if (at > 0 && !client.stays_silent(milliseconds(0))) return;
    }
}

bool is_refusal(int status) {
    return status >= 400 && status < 500;
}

bool fits(const wire_case& each, int status) {
    if (each.statuses.empty()) return is_refusal(status);
    return std::ranges::find(each.statuses, status) != each.statuses.end();
}

/// A refusal is JSON with an `error`, whatever it is about.
std::string complaint_about(const end_to_end::http_response& answer) {
    if (answer.status < 400 || answer.body.empty()) return {};
    const auto body = nlohmann::json::parse(answer.body, nullptr, false);
    if (body.is_discarded() || !body.is_object() || !body.contains("error"))
        return "a refusal that is no JSON with an error: " + printable(answer.body);
    for (const char* inside : {"exception", "std::", "boost", "nlohmann", "/work/", ".cpp"}) {
        if (answer.body.find(inside) != std::string::npos)
            return "a refusal that speaks of the program's inside: " + printable(answer.body);
    }
    return {};
}

}  // namespace

wire_outcome converse(std::uint16_t port, std::string_view bytes, milliseconds limit) {
    wire_outcome seen;
    try {
        raw_client client(port);
        send_while_unanswered(client, bytes);
        for (;;) {
            // False as soon as there is a byte, and when nothing comes.
            seen.closed = client.is_closed_by_peer(limit);
            if (seen.closed) break;
            seen.answers.push_back(client.read_response(false, milliseconds(5000)));
        }
    } catch (const harness_error& error) {
        seen.trouble = error.what();
    }
    return seen;
}

std::string complaint(const wire_case& each, const wire_outcome& seen) {
    if (seen.answers.empty()) {
        if (each.answer_may_be_lost && seen.closed) return {};
        return "no answer: " + seen.trouble;
    }
    const auto& first = seen.answers.front();
    if (!fits(each, first.status))
        return "status " + std::to_string(first.status) + ": " + printable(first.body);
    if (seen.answers.size() != each.answers)
        return std::to_string(seen.answers.size()) +
               " answers; the last: " + std::to_string(seen.answers.back().status) + " " +
               printable(seen.answers.back().body);
    for (const auto& answer : seen.answers) {
        if (auto found = complaint_about(answer); !found.empty()) return found;
    }
    return seen.closed ? "" : "not closed: " + seen.trouble;
}

void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::vector<std::string> thrown;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < std::min(askers, count); ++i) {
        threads.emplace_back([&] {
            for (auto at = next++; at < count; at = next++) {
                try {
                    work(at);
                } catch (const std::exception& error) {
                    const std::lock_guard lock(mutex);
                    thrown.push_back("case " + std::to_string(at) + ": " + error.what());
                }
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    for (const auto& what : thrown)
        ADD_FAILURE() << what;
}

std::vector<wire_outcome> run_all(const std::vector<wire_case>& cases, std::uint16_t port) {
    std::vector<wire_outcome> seen(cases.size());
    in_parallel(cases.size(), [&](std::size_t i) { seen[i] = converse(port, cases[i].bytes); });
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const auto wrong = complaint(cases[i], seen[i]);
        if (!wrong.empty())
            ADD_FAILURE() << cases[i].name << ": " << wrong
                          << "\n  sent: " << printable(cases[i].bytes);
    }
    count_cases(cases.size());
    return seen;
}

void count_cases(std::size_t more) {
    counted += more;
}

std::size_t cases_counted() {
    return counted;
}

std::string printable(std::string_view bytes, std::size_t length_max) {
    std::string out;
    for (const char c : bytes.substr(0, length_max)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f) {
            out += c;
            continue;
        }
        char escaped[5];
        std::snprintf(escaped, sizeof escaped, "\\x%02x", static_cast<unsigned>(byte));
        out += escaped;
    }
    if (bytes.size() > length_max) out += "... (" + std::to_string(bytes.size()) + " bytes)";
    return out;
}

}  // namespace sluice::hostile
