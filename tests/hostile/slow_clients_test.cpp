#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/process_figures.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// Clients that take their time. All at once, since the gateway's clocks are what takes long.
namespace sluice::hostile {
namespace {

using namespace std::string_literals;
using end_to_end::milliseconds;
using end_to_end::open_stream;
using end_to_end::raw_client;
using end_to_end::steady;

/// Beyond it a client was not cut off.
constexpr milliseconds cut_off_max{15'000};
constexpr milliseconds beat{250};
constexpr int of_each = 3;

const std::string post_line =
    "POST /v1/streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const std::string whole_request = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

struct slow_case {
    std::string name;
    std::string opening;
    std::string drip = {};    ///< sent with each beat
    bool served = false;      ///< slow, but fast enough
    std::string before = {};  ///< a request that is answered first
};

std::vector<slow_case> all_slow() {
    const auto chunks = post_line + "Transfer-Encoding: chunked\r\n\r\n";
    return {
        {"not a byte", ""},
        {"half a request line", "GET /li"},
        {"half a head", "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: "},
        {"a method of many letters", "", "G"},
        {"a target letter by letter", "GET /", "a"},
        {"a value letter by letter", "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ", "a"},
        {"field by field", "GET /livez HTTP/1.1\r\nHost: localhost\r\n", "X: y\r\n"},
        {"empty lines", "", "\r\n"},
        {"CR, then nothing", "\r"},
        {"no body", post_line + "Content-Length: 1000\r\n\r\n"},
        {"half a body", post_line + "Content-Length: 1000\r\n\r\n{\"prompt\":"},
        {"a body byte by byte", post_line + "Content-Length: 1000\r\n\r\n", " "},
        {"a body at 200 bytes a second",
         post_line + "Content-Length: 100000\r\n\r\n",
         std::string(50, ' ')},
        {"a body at 232 bytes a second",
         post_line + "Content-Length: 100000\r\n\r\n",
         std::string(58, ' ')},
        {"no chunk", chunks},
        {"chunk by chunk", chunks, "1\r\n \r\n"},
        {"a size without an end", chunks, "0"},
        {"an extension without an end", chunks + "2;", "a"},
        {"a chunk without an end", chunks + "ffff\r\n", " "},
        {"a trailer without an end", chunks + "2\r\n{}\r\n0\r\nX: ", "a"},
        {"trailer by trailer", chunks + "2\r\n{}\r\n0\r\n", "X: y\r\n"},
        {"the last chunk's empty line", chunks + "2\r\n{}\r\n0\r\n"},
        {"no body after 100 Continue",
         post_line + "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n"},
        {"silence after an answer", "", "", false, whole_request},
        {"half a second request", "GET /li", "", false, whole_request},
        {"empty lines after an answer", "", "\r\n", false, whole_request},
        {"a body at 960 bytes a second",
         post_line + "Connection: close\r\nX-Mock-Tokens: 2\r\nContent-Length: 6270\r\n\r\n" +
             R"({"prompt":"Hi","stream":false})",
         std::string(240, ' '),
         true},
    };
}

/// One of them on its connection.
class slow_client {
 public:
    explicit slow_client(const slow_case& what) : what_(what), client_(attacked_port()) {
        if (!what.before.empty()) {
            client_.send(what.before);
            client_.read_response();
        }
        client_.try_send(what.opening);
        begun_ = steady::now();
    }

    bool over() const { return took_.has_value(); }

    /// Sends a little more, unless the gateway has said something or gone.
    void beat_once() {
        if (over()) return;
        if (client_.stays_silent(milliseconds(0))) {
            client_.try_send(what_.drip, milliseconds(0));
            return;
        }
        took_ = std::chrono::duration_cast<milliseconds>(steady::now() - begun_);
        try {
            if (client_.is_closed_by_peer(milliseconds(100))) return;
            status_ = client_.read_head(false, milliseconds(1000)).status;
        } catch (const end_to_end::harness_error&) {
            status_ = -1;
        }
        if (status_ == 100) took_.reset();  // it was told to go on, and does not
    }

    std::string complaint() const {
        if (!over()) return "was not cut off";
        if (what_.served) return status_ == 200 ? "" : "status " + std::to_string(status_);
        if (status_ != 0 && status_ != 408 && status_ != 400 && status_ != 413 && status_ != 431)
            return "status " + std::to_string(status_);
        return *took_ <= cut_off_max ? "" : "took " + std::to_string(took_->count()) + " ms";
    }

    const std::string& name() const { return what_.name; }

 private:
    slow_case what_;
    raw_client client_;
    steady::time_point begun_;
    std::optional<milliseconds> took_;
    int status_ = 0;  ///< 0: closed without a word
};

/// Streams whose reader reads nothing behind the head.
std::vector<std::unique_ptr<open_stream>> deaf_readers(std::size_t count) {
    std::vector<std::unique_ptr<open_stream>> all;
    for (std::size_t i = 0; i < count; ++i) {
        // Of a dialect that keeps no history: what is held then is the reader's fault alone.
        const nlohmann::json body{
            {"model", "mock"},
            {"stream", true},
            {"messages", nlohmann::json::array({{{"role", "user"}, {"content", "Hi"}}})}};
        auto message =
            end_to_end::post("/v1/chat/completions", body).header("X-Mock-Tokens", "500000");
        all.push_back(std::make_unique<open_stream>(attacked_port(), message, 4096));
    }
    return all;
}

void expect_others_served() {
    const auto begun = steady::now();
    open_stream healthy(
        attacked_port(),
        end_to_end::post("/v1/streams", {{"prompt", "Hi"}}).header("X-Mock-Tokens", "50")
    );
    EXPECT_EQ(end_to_end::count_type(healthy.rest(), "done"), 1U);
    EXPECT_LT(steady::now() - begun, milliseconds(3000));
    const auto probed = steady::now();
    EXPECT_EQ(attacked().ask(end_to_end::get("/livez")).status, 200);
    EXPECT_LT(steady::now() - probed, milliseconds(1000));
}

class slow_clients : public attack {};

TEST_F(slow_clients, AreCutOffAndHarmNobody) {
    std::vector<std::unique_ptr<slow_client>> all;
    for (const auto& what : all_slow()) {
        for (int i = 0; i < of_each; ++i)
            all.push_back(std::make_unique<slow_client>(what));
    }
    const auto process = process_of(attacked());
    const auto resident = resident_bytes(process);
    auto deaf = deaf_readers(20);
    const auto begun = steady::now();
    const auto is_over = [](const auto& each) { return each->over(); };
    while (!std::ranges::all_of(all, is_over) && steady::now() - begun < cut_off_max) {
        for (const auto& each : all)
            each->beat_once();
        expect_others_served();
        end_to_end::wait_for(-1, 0, end_to_end::deadline{beat});  // poll(2) of nothing: one beat
    }
    for (const auto& each : all)
        EXPECT_EQ(each->complaint(), "") << each->name();
    // 256 KiB each, and what the program holds for itself.
    EXPECT_LT(resident_bytes(process), resident + 20 * (1U << 20U));
    for (const auto& reader : deaf) {
        while (reader->client().read_body_part()) {
        }
        EXPECT_FALSE(reader->ended_whole()) << "a reader that took nothing was not dropped";
    }
    count_cases(all.size() + deaf.size());
}

TEST_F(slow_clients, ThatSendAThousandRequestsAtOnceGetAThousandAnswers) {
    constexpr int count = 1000;
    raw_client client(attacked_port());
    std::string bytes;
    for (int i = 0; i < count; ++i)
        bytes += i % 10 == 9
                     ? end_to_end::post("/v1/streams", {{"prompt", "Hi"}, {"stream", false}})
                           .header("X-Mock-Tokens", "2")
                           .bytes()
                     : whole_request;
    client.send(bytes);
    for (int i = 0; i < count; ++i)
        ASSERT_EQ(client.read_response().status, 200) << i;
    EXPECT_TRUE(client.stays_silent(milliseconds(50)));
    count_cases(1);
}

TEST_F(slow_clients, ThatPipelineAndReadNothingAreHeldBack) {
    // Answers that nobody reads stop the reading of requests.
    raw_client client(attacked_port(), 4096);
    std::string bytes;
    for (int i = 0; i < 1000; ++i)
        bytes += "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::size_t sent = 0;
    for (int i = 0; i < 200; ++i) {
        const auto taken = client.try_send(bytes, milliseconds(100));
        sent += taken;
        if (taken < bytes.size()) break;
    }
    EXPECT_LT(sent, 200 * bytes.size()) << "the gateway takes requests whose answers nobody reads";
    expect_others_served();
    client.reset();
    count_cases(1);
}

}  // namespace
}  // namespace sluice::hostile
