#pragma once

#include "tests/upstream/routing/destinations.hpp"
#include "upstream/routing/upstreams.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::tests {

/// A folder of one test, removed with its contents.
class scratch_folder {
 public:
    scratch_folder() {
        std::string name = std::filesystem::temp_directory_path() / "recorded-XXXXXX";
        path_ = ::mkdtemp(name.data());
    }
    ~scratch_folder() { std::filesystem::remove_all(path_); }
    scratch_folder(const scratch_folder&) = delete;
    scratch_folder& operator=(const scratch_folder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::vector<std::filesystem::path> files() const {
        return {std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator()};
    }
    /// The text of the only file.
    std::string only() const {
        const auto all = files();
        if (all.size() != 1) return {};
        std::ifstream file(all.front(), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    std::optional<upstream::recording> only_recording() const {
        upstream::recording_reader reader("only");
        if (!reader.feed(only())) return std::nullopt;
        return reader.finish();
    }

 private:
    std::filesystem::path path_;
};

/// Takes all that one generation brings, and notes when.
class listener final : public upstream::source_listener {
 public:
    using clock = std::chrono::steady_clock;

    void on_ready() override {
        if (source == nullptr || !taking) return;
        do {
            source->take(batch_);
            for (const auto& item : batch_.items)
                note(item);
            if (batch_.ending) ended = batch_.ending;
        } while (!ended && source->waiting());
    }

    std::unique_ptr<upstream::source> source;
    bool taking = true;
    std::string text;
    std::string frames;                      ///< verbatim
    std::vector<clock::time_point> arrived;  ///< one for each text
    std::optional<upstream::ending> ended;

 private:
    void note(const upstream::item& item) {
        if (const auto* words = std::get_if<upstream::text_delta>(&item)) {
            text += words->text;
            if (!words->text.empty()) arrived.push_back(clock::now());
        }
        if (const auto* frame = std::get_if<upstream::verbatim>(&item)) frames += frame->bytes;
    }

    upstream::batch batch_;
};

/// An event loop with one worker's generations on it.
class house {
 public:
    explicit house(std::shared_ptr<upstream::recording_folder> folder = nullptr)
        : upstreams(context, std::move(folder)) {}

    void begin(listener& on, const upstream::provider& provider, const upstream::call& call) {
        on.source = upstreams.begin(upstream::testing::only(provider, "m"), call, on);
        on.on_ready();
    }
    /// False after ten seconds.
    template <class Condition>
    bool run_until(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            context.run_one_for(std::chrono::milliseconds(2));
        }
        return true;
    }
    bool complete(listener& on, const upstream::provider& provider, const upstream::call& call) {
        begin(on, provider, call);
        return run_until([&] { return on.ended.has_value(); });
    }

    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    upstream::upstreams upstreams;
};

/// A client's request for a stream of chat completions, or of another API.
inline upstream::call ask(
    std::string_view prompt = "Hi", upstream::api api = upstream::api::openai_chat
) {
    upstream::call call;
    call.api = api;
    call.request.messages.emplace_back().content.emplace_back(upstream::text_part{
        std::string(prompt)});
    call.body = R"({"model":"m","stream":true,"messages":[{"role":"user","content":")" +
                std::string(prompt) + R"("}]})";
    return call;
}

inline std::string chat_frame(std::string_view text) {
    return R"(data: {"choices":[{"index":0,"delta":{"content":")" + std::string(text) +
           R"("}}]})"
           "\n\n";
}
inline const std::string chat_end =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    "data: [DONE]\n\n";

}  // namespace sluice::tests
