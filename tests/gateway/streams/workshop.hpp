#pragma once

#include "gateway/store/local_store.hpp"
#include "gateway/streams/registry.hpp"
#include "sse/parser.hpp"
#include "tests/upstream/routing/destinations.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// A worker's streams in one process with the test, at the mock model.
namespace sluice::gateway::testing {

using namespace std::chrono_literals;

inline std::shared_ptr<configuration> quick_settings() {
    auto settings = std::make_shared<configuration>();
    settings->streams.grace = 50ms;
    settings->streams.retention = 10s;
    return settings;
}

/// Takes frames as a client would, as much as it is allowed to.
class test_reader final : public reader {
 public:
    explicit test_reader(bool takes = true) : takes_(takes) {}
    ~test_reader() { leave(); }
    test_reader(const test_reader&) = delete;
    test_reader& operator=(const test_reader&) = delete;

    void join(publication& to, std::uint64_t sequence = 0) {
        from_ = &to;
        next_ = sequence;
        offset_ = to.frames().offset_of(sequence).value_or(to.frames().begin_offset());
        to.attach(*this);
        if (takes_) catch_up();
    }
    void leave() {
        if (auto* from = std::exchange(from_, nullptr)) from->detach(*this);
    }
    /// Takes what is there, and tells so.
    void catch_up() {
        take_all();
        from_->progressed(*this);
    }
    void on_frames() override {
        if (takes_) take_all();
        ended = ended || from_->ended();
    }
    std::uint64_t taken() const override { return offset_; }

    std::vector<std::string> frames;
    bool ended = false;
    bool lost = false;  ///< a frame had left the journal before it was taken

 private:
    void take_all() {
        const auto& journal = from_->frames();
        std::string frame;
        for (; next_ < journal.next_sequence(); ++next_) {
            if (journal.read(next_, frame))
                frames.push_back(frame);
            else
                lost = true;
        }
        offset_ = journal.end_offset();
        ended = from_->ended();
    }

    publication* from_ = nullptr;
    bool takes_;
    std::uint64_t next_ = 0;
    std::uint64_t offset_ = 0;
};

/// One worker: its loop, its store, its registry, its figures.
class workshop {
 public:
    explicit workshop(unsigned worker = 0, std::shared_ptr<configuration> with = quick_settings())
        : settings(std::move(with)),
          store(worker, limits),
          streams(context, worker, upstreams, store, settings->streams, figures) {
        streams.know_peers(alone_);
    }

    stream_plan plan(std::map<std::string, std::string> mock) const {
        stream_plan made;
        made.settings = settings;
        made.dialect = &native_dialect();
        upstream::message prompt;
        prompt.content.emplace_back(upstream::text_part{"hello"});
        made.call.request.messages.push_back(std::move(prompt));
        mock.try_emplace("rate", "0");
        mock.try_emplace("ttft-ms", "0");
        made.call.mock = std::move(mock);
        made.to = upstream::testing::only_mock();
        made.names.route = "mock";
        made.names.told = true;
        made.kept = true;
        return made;
    }
    stream& open(int tokens, disconnect_policy policy = disconnect_policy::cancel) {
        auto made = plan({{"tokens", std::to_string(tokens)}});
        made.on_disconnect = policy;
        return streams.open(std::move(made));
    }

    /// Runs the loop until it holds; false if it never does.
    bool run_until(const std::function<bool()>& holds) {
        const auto deadline = std::chrono::steady_clock::now() + 10s;
        while (!holds()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            context.restart();
            context.run_one_for(50ms);
        }
        return true;
    }
    /// Runs all that is ready now.
    void run_ready() {
        context.restart();
        context.poll();
    }
    publication* find(const std::string& id) {
        publication* found = nullptr;
        streams.find(id, 0, [&](publication* there) { found = there; });
        return found;
    }
    listed_streams list(const stream_wish& wish) {
        std::optional<listed_streams> listed;
        streams.list(wish, [&](listed_streams all) { listed = std::move(all); });
        run_until([&] { return listed.has_value(); });
        return listed.value_or(listed_streams{});
    }
    std::int64_t ended_as(upstream::outcome outcome) const {
        return figures.outcomes[static_cast<std::size_t>(outcome)].value();
    }

    boost::asio::io_context context{1};
    std::shared_ptr<configuration> settings;
    upstream::upstreams upstreams{context};
    counters figures;
    limit_table limits;
    local_store store;
    registry streams;

 private:
    peers alone_{{{&context, &streams}}};
};

}  // namespace sluice::gateway::testing
