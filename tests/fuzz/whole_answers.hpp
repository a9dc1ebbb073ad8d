#pragma once

#include "gateway/http/message.hpp"
#include "tests/fuzz/check.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What came back on a connection, checked: answers of HTTP/1.1, one whole behind the other, and
/// nothing else. Stricter than a client needs to be: the gateway's own way of framing is known.
namespace whole_answers {

/// What a request asks of its answer.
struct question {
    bool head_only = false;  ///< HEAD: there is no body, whatever the head says
};

struct result {
    std::size_t whole = 0;
    std::size_t interim = 0;  ///< 100 Continue
    bool cut_off = false;     ///< the last one has no end
    bool says_close = false;  ///< the last one says that nothing follows
};

/// What a client needs to come back, of the last answers that told it; empty: none did.
struct names {
    std::string stream;         ///< X-Stream-Id
    std::string signed_target;  ///< X-Stream-Signed-Url
    std::string cookie;         ///< `name=value` of Set-Cookie
};

struct head {
    int status = 0;
    sluice::upstream::header_list headers;

    std::string_view value(std::string_view name) const {
        for (const auto& [key, text] : headers) {
            if (sluice::gateway::equals_ignoring_case(key, name)) return text;
        }
        return {};
    }
    std::size_t count(std::string_view name) const {
        return static_cast<std::size_t>(std::count_if(
            headers.begin(),
            headers.end(),
            [name](const auto& one) {
                return sluice::gateway::equals_ignoring_case(one.first, name);
            }
        ));
    }
};

template <class Number>
Number read_number(std::string_view text, int base = 10) {
    Number number{};
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, base);
    FUZZ_CHECK(error == std::errc{} && stop == end);
    return number;
}

inline bool is_name(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

inline bool is_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7f;
    });
}

/// `lines`: with the end of the last one, without the empty line.
inline head read_head(std::string_view lines) {
    head read;
    constexpr std::string_view version = "HTTP/1.1 ";
    FUZZ_CHECK(lines.starts_with(version));
    read.status = read_number<int>(lines.substr(version.size(), 3));
    FUZZ_CHECK(read.status >= 100 && read.status <= 599);
    FUZZ_CHECK(lines[version.size() + 3] == ' ');
    lines.remove_prefix(lines.find("\r\n") + 2);
    while (!lines.empty()) {
        const auto end = lines.find("\r\n");
        const auto line = lines.substr(0, end);
        lines.remove_prefix(end + 2);
        const auto colon = line.find(": ");
        FUZZ_CHECK(colon != std::string_view::npos);
        FUZZ_CHECK(is_name(line.substr(0, colon)) && is_value(line.substr(colon + 2)));
        read.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
    }
    for (const auto* name : {"Content-Length", "Transfer-Encoding", "Content-Type", "Connection"})
        FUZZ_CHECK(read.count(name) <= 1);
    FUZZ_CHECK(read.count("Content-Length") + read.count("Transfer-Encoding") <= 1);
    return read;
}

/// Takes a chunked body from the front of `bytes`. False: its end is missing.
inline bool take_chunks(std::string_view& bytes, std::string& body) {
    for (;;) {
        const auto end = bytes.find("\r\n");
        if (end == std::string_view::npos) return false;
        const auto size = read_number<std::size_t>(bytes.substr(0, end), 16);
        bytes.remove_prefix(end + 2);
        if (bytes.size() < size + 2) return false;
        body += bytes.substr(0, size);
        FUZZ_CHECK(bytes.substr(size, 2) == "\r\n");
        bytes.remove_prefix(size + 2);
        if (size == 0) return true;
    }
}

/// The same for the body of an answer with that head. What has no other end is ended by that of
/// the connection.
inline bool take_body(std::string_view& bytes, const head& of, const question& asked) {
    if (asked.head_only || of.status == 204 || of.status == 304) {
        FUZZ_CHECK(of.status != 204 || of.count("Content-Length") == 0);
        return true;
    }
    std::string body;
    if (of.count("Transfer-Encoding") > 0) {
        FUZZ_CHECK(of.value("Transfer-Encoding") == "chunked");
        if (!take_chunks(bytes, body)) return false;
    } else if (of.count("Content-Length") > 0) {
        const auto size = read_number<std::size_t>(of.value("Content-Length"));
        if (bytes.size() < size) return false;
        body = bytes.substr(0, size);
        bytes.remove_prefix(size);
    } else {
        FUZZ_CHECK(of.value("Connection") == "close");
        bytes = {};
        return true;
    }
    if (of.value("Content-Type") == "application/json") FUZZ_CHECK(nlohmann::json::accept(body));
    return true;
}

inline void note_names(const head& of, names& known) {
    if (const auto id = of.value("X-Stream-Id"); !id.empty()) known.stream = id;
    if (const auto url = of.value("X-Stream-Signed-Url"); !url.empty()) known.signed_target = url;
    if (const auto cookie = of.value("Set-Cookie"); !cookie.empty())
        known.cookie = cookie.substr(0, cookie.find(';'));
}

/// `questions`: of the requests that were sent, in order; there are no more answers than these.
/// What the answers tell a client of goes into `known`.
inline result check(std::string_view bytes, const std::vector<question>& questions, names& known) {
    result told;
    while (!bytes.empty()) {
        FUZZ_CHECK(!told.says_close);
        const auto end = bytes.find("\r\n\r\n");
        if (end == std::string_view::npos) {
            told.cut_off = true;
            return told;
        }
        const auto head = read_head(bytes.substr(0, end + 2));
        bytes.remove_prefix(end + 4);
        if (head.status / 100 == 1) {
            FUZZ_CHECK(head.status == 100 && head.headers.empty());
            ++told.interim;
            continue;
        }
        FUZZ_CHECK(told.whole < questions.size());
        note_names(head, known);
        told.says_close = head.value("Connection") == "close";
        told.cut_off = !take_body(bytes, head, questions[told.whole]);
        if (told.cut_off) return told;
        ++told.whole;
    }
    return told;
}

}  // namespace whole_answers
