#include "tests/faults/faults.hpp"

#include <array>
#include <ctime>

/// Refusals by status.
namespace sluice::faults {
namespace {

/// What the gateway itself was told to send: its key. A provider that quotes it gives it away.
std::string key_of(const question& asked) {
    for (const auto* name : {"Authorization", "x-api-key"}) {
        if (const auto value = end_to_end::find_header(asked.headers, name)) return *value;
    }
    return "";
}

std::string date_in(int seconds) {
    const std::time_t when = std::time(nullptr) + seconds;
    std::tm parts{};
    gmtime_r(&when, &parts);
    std::array<char, 40> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text.data();
}

std::string web_page() {
    return "<!DOCTYPE html><html><head><title>" + std::string(web_page_mark) +
           "</title></head><body><h1>It works, or not</h1></body></html>";
}

struct status_row {
    int status;
    const char* id;
    const char* type;
    const char* code;
    effect seen;
    std::vector<int> client_statuses;  ///< empty: any error
};

const std::vector<status_row>& rows() {
    static const std::vector<status_row> table{
        {400, "bad-request", "invalid_request_error", "", effect::refused, {400}},
        {402, "payment", "billing_error", "", effect::before, {}},
        {403, "forbidden", "permission_error", "", effect::before, {502}},
        {404, "unknown-model", "not_found_error", "model_not_found", effect::before, {404}},
        {408, "request-timeout", "timeout_error", "", effect::before, {504}},
        {409, "conflict", "conflict_error", "", effect::before, {}},
        {413, "too-large", "request_too_large", "", effect::refused, {413}},
        {422, "unprocessable", "invalid_request_error", "", effect::refused, {422}},
        {500, "server-error", "api_error", "", effect::before, {502}},
        {501, "not-implemented", "api_error", "", effect::before, {502}},
        {502, "bad-gateway", "api_error", "", effect::before, {502}},
        // Anthropic's word for it is 529.
        {503, "unavailable", "overloaded_error", "", effect::before, {503, 529}},
        {504, "gateway-timeout", "timeout_error", "", effect::before, {504}},
        {529, "overloaded", "overloaded_error", "", effect::before, {503, 529}},
    };
    return table;
}

void add_rows(std::vector<fault>& to) {
    for (const auto& row : rows()) {
        fault refusal{
            "status-" + std::to_string(row.status),
            "Refused with status " + std::to_string(row.status) + ": " + row.id + ".",
            row.seen,
            row.seen,
            [&row](conversation& talk) {
                const auto body = make_error(talk.asked().kind, row.type, row.id, row.code);
                talk.answer(row.status, body.dump());
            },
            row.client_statuses};
        refusal.keeps_alive = true;
        to.push_back(std::move(refusal));
    }
}

void add_limits(std::vector<fault>& to) {
    const auto add = [&](const char* id, const char* what, std::function<std::string()> when) {
        fault limit{
            id,
            what,
            effect::before,
            effect::before,
            [when](conversation& talk) {
                const auto body = make_error(
                    talk.asked().kind, "rate_limit_error", "slow down", "rate_limit_exceeded"
                );
                talk.answer(429, body.dump(), {{"Retry-After", when()}});
            },
            {429},
            "any"};
        to.push_back(std::move(limit));
    };
    add("limit-seconds", "429 with a Retry-After of 7 seconds.", [] { return "7"; });
    to.back().retry_after = "7";
    add("limit-date", "429 with a Retry-After that is a date.", [] { return date_in(7); });
    add("limit-nonsense", "429 with a Retry-After that is nonsense.", [] { return "soon, -1"; });
    to.back().retry_after = "";
    to.push_back(
        {"quota",
         "429, because the quota is spent.",
         effect::before,
         effect::before,
         [](conversation& talk) {
             const auto body = make_error(
                 talk.asked().kind, "insufficient_quota", "no money left", "insufficient_quota"
             );
             talk.answer(429, body.dump());
         },
         {429}}
    );
}

void add_echoes(std::vector<fault>& to) {
    const auto add = [&](const char* id, const char* what, int status, std::string type) {
        to.push_back({id, what, effect::before, effect::before, [status, type](conversation& talk) {
                          const auto words = "Incorrect API key provided: " + key_of(talk.asked());
                          const auto key = key_of(talk.asked());
                          talk.answer(
                              status,
                              make_error(talk.asked().kind, type, words, key).dump(),
                              {{"x-echo", key}, {"x-ratelimit-key", key}}
                          );
                      }});
    };
    add("key-echo-401", "401 that quotes the key.", 401, "authentication_error");
    to.back().statuses = {502};
    add("key-echo-500", "500 that quotes the key.", 500, "api_error");
    add("key-echo-429", "429 that quotes the key.", 429, "rate_limit_error");
}

void add_pages(std::vector<fault>& to) {
    for (const int status : {200, 403, 500, 502}) {
        to.push_back(
            {"html-" + std::to_string(status),
             "A web page with status " + std::to_string(status) + ".",
             effect::before,
             effect::before,
             [status](conversation& talk) { talk.answer(status, web_page(), {}, "text/html"); }}
        );
    }
}

void add_redirects(std::vector<fault>& to) {
    const auto add = [&](const std::string& id, const std::string& what, int status, bool file) {
        to.push_back({id, what, effect::before, effect::before, [status, file](conversation& talk) {
                          const auto elsewhere =
                              "http://127.0.0.1:" + std::to_string(canary().port()) +
                              "/v1/messages";
                          const auto place = file ? "file:///etc/passwd" : elsewhere;
                          talk.answer(status, web_page(), {{"Location", place}}, "text/html");
                      }});
    };
    for (const int status : {301, 302, 307, 308}) {
        const auto number = std::to_string(status);
        add("redirect-" + number, "Redirected to another host with " + number + ".", status, false);
    }
    add("redirect-file", "Redirected to a file.", 302, true);
}

void add_strange(std::vector<fault>& to) {
    const auto add = [&](const char* id, const char* what, std::string wire) {
        to.push_back({id, what, effect::before, effect::before, [wire](conversation& talk) {
                          talk.send(wire);
                      }});
    };
    add("status-204", "204, no content.", "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    add("status-304", "304, not modified.", "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"
    );
    add("status-101",
        "101, another protocol.",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        "\x81\x05hello");
    add("status-999", "A status that is none.", "HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n");
    add("status-words", "A status in words.", "HTTP/1.1 fine OK\r\nContent-Length: 0\r\n\r\n");
    to.push_back(
        {"status-200-empty",
         "200 with an empty body.",
         effect::before,
         effect::before,
         [](conversation& talk) { talk.answer(200, "", {}, "text/event-stream"); }}
    );
}

void add_late(std::vector<fault>& to) {
    const auto add = [&](const char* id, const char* what, int status, effect seen) {
        to.push_back({id, what, seen, seen, [status](conversation& talk) {
                          talk.pause(milliseconds(600));
                          const auto body =
                              make_error(talk.asked().kind, "some_error", "after a while");
                          talk.answer(status, body.dump());
                      }});
    };
    add("late-500", "500, when heartbeats are under way.", 500, effect::before);
    add("late-400", "400, when heartbeats are under way.", 400, effect::refused);
}

}  // namespace

void add_statuses(std::vector<fault>& to) {
    add_rows(to);
    add_limits(to);
    add_echoes(to);
    add_pages(to);
    add_redirects(to);
    add_strange(to);
    add_late(to);
}

}  // namespace sluice::faults
