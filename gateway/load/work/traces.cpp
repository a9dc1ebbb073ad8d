#include "gateway/load/work/traces.hpp"

#include "gateway/load/work/conversation.hpp"
#include "gateway/load/work/drawn_lengths.hpp"
#include "upstream/mock/hash.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <utility>

namespace sluice::gateway::load {

namespace {

using upstream::role;
using upstream::mock::mix;

constexpr std::uint64_t block_salt = 0x626c6f636bU;
constexpr std::size_t bytes_per_token = 4;
constexpr double due_ns_max = 9e18;  // fits 64 bits

std::size_t bytes_of(std::int64_t tokens) {
    return static_cast<std::size_t>(tokens) * bytes_per_token;
}

/// A line of its own, so that blocks read as paragraphs.
std::string block_text(std::uint64_t seed, std::uint64_t hash_id) {
    auto text = make_prompt_text(mix(mix(seed, block_salt), hash_id), trace_block_tokens);
    text.back() = '\n';
    return text;
}

class trace_workload final : public workload {
 public:
    trace_workload(const workload_settings& settings, std::unique_ptr<std::istream> file)
        : settings_(settings), rows_(std::move(file)), prefix_(shared_prefix(settings)) {}

    /// Reads the whole trace once. Says what is wrong with it, or nothing.
    std::string check() {
        const auto& path = settings_.trace_file;
        bool named_blocks = false;
        for (; rows_.next(row_); ++requests_) {
            if (requests_ == 0) first_ns_ = row_.at_ns;
            named_blocks = named_blocks || !row_.hash_ids.empty();
        }
        if (!rows_.problem().empty()) return path + ":" + rows_.problem();
        if (requests_ == 0) return path + " holds no request";
        if (named_blocks && !prefix_.empty()) {
            return "a shared prefix cannot be put ahead of the prompts of " + path +
                   ", whose hash_ids say what they share";
        }
        rows_.rewind();
        return {};
    }

    std::optional<job> next() override {
        if (!rows_.next(row_)) return {};
        row_.input_tokens = std::max<std::int64_t>(row_.input_tokens, 1);
        job made;
        made.number = number_++;
        made.messages = messages_of(made.number);
        made.input_tokens = row_.input_tokens;
        made.output_tokens = std::max<std::int64_t>(row_.output_tokens, 1);
        made.due_ns = due_ns();
        return made;
    }

    bool is_timed() const override { return true; }

    std::string describe() const override {
        const auto name = std::filesystem::path(settings_.trace_file).filename().string();
        return "trace " + name + ", " + std::to_string(requests_) + " requests";
    }

 private:
    std::vector<upstream::message> messages_of(std::uint64_t number) const {
        const auto text_seed = drawn_lengths(settings_, number).text_seed();
        if (!row_.hash_ids.empty()) return make_block_prompt(row_, settings_.seed, text_seed);
        // The prefix is a part of the prompt, of which something of its own remains.
        const auto room = bytes_of(row_.input_tokens - 1);
        const auto ahead = std::min(prefix_.size(), room);
        const auto own = row_.input_tokens - static_cast<std::int64_t>(ahead / bytes_per_token);
        std::vector<upstream::message> messages;
        messages.push_back(said_by(role::user, make_prompt_text(text_seed, own)));
        put_ahead(messages, prefix_.substr(0, ahead));
        return messages;
    }

    std::int64_t due_ns() {
        const auto since = static_cast<double>(row_.at_ns - first_ns_) / settings_.trace_speed;
        last_ns_ =
            std::max(last_ns_, static_cast<std::int64_t>(std::clamp(since, 0.0, due_ns_max)));
        return last_ns_;
    }

    workload_settings settings_;
    trace_reader rows_;
    std::string prefix_;
    trace_row row_;
    std::uint64_t requests_ = 0;
    std::int64_t first_ns_ = 0;
    std::int64_t last_ns_ = 0;
    std::uint64_t number_ = 0;
};

}  // namespace

std::vector<upstream::message> make_block_prompt(
    const trace_row& row, std::uint64_t seed, std::uint64_t text_seed
) {
    std::string shared;
    std::string own;
    auto left = std::clamp<std::int64_t>(row.input_tokens, 1, trace_tokens_max);
    for (const auto id : row.hash_ids) {
        if (left == 0) break;
        shared += own;
        own = block_text(seed, id);
        const auto tokens = std::min(left, trace_block_tokens);
        own.resize(bytes_of(tokens));
        left -= tokens;
    }
    own += make_prompt_text(text_seed, left);
    std::vector<upstream::message> messages;
    messages.push_back(said_by(role::user, std::move(own)));
    put_ahead(messages, std::move(shared));
    return messages;
}

boost::system::result<std::unique_ptr<workload>, std::string> make_trace_workload(
    const workload_settings& settings
) {
    auto file = open_text(settings.trace_file);
    if (!file) return std::move(file).error();
    auto made = std::make_unique<trace_workload>(settings, std::move(*file));
    auto problem = made->check();
    if (!problem.empty()) return problem;
    return std::unique_ptr<workload>(std::move(made));
}

}  // namespace sluice::gateway::load
