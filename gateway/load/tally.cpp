#include "gateway/load/tally.hpp"

namespace sluice::gateway::load {

namespace {

constexpr std::size_t examples_max = 5;
constexpr double ns_per_s = 1e9;

}  // namespace

void tally::open_window(std::int64_t now_ns) {
    open_ = true;
    opened_ns_ = now_ns;
}

void tally::close_window(std::int64_t now_ns) {
    if (!open_) return;
    open_ = false;
    closed_ns_ = now_ns;
}

double tally::window_s(std::int64_t now_ns) const {
    return static_cast<double>((open_ ? now_ns : closed_ns_) - opened_ns_) / ns_per_s;
}

void tally::token(std::int64_t sent_ns, std::int64_t received_ns) {
    if (!open_) return;
    ++tokens_;
    latency_.record(received_ns - sent_ns);
}

void tally::first_token(std::int64_t asked_ns, std::int64_t received_ns) {
    if (open_ && asked_ns >= opened_ns_) ttft_.record(received_ns - asked_ns);
}

void tally::whole(const stamp_check& check, std::int64_t asked_ns, std::int64_t ended_ns) {
    add(check);
    lost_ += check.lost() - check.overtaken();
    if (!open_) return;
    ++streams_;
    stream_.record(ended_ns - asked_ns);
}

void tally::failed(const stamp_check& check, const std::string& why) {
    add(check);
    ++failed_;
    note(why);
}

void tally::incomplete(const stamp_check& check, const std::string& why) {
    add(check);
    ++incomplete_;
    note(why);
}

void tally::broken_off(const stamp_check& check) {
    add(check);
}

void tally::left(std::uint64_t id, std::int64_t at_ns) {
    left_.emplace(id, at_ns);
}

bool tally::sound() const {
    return lost_ + doubled_ + disordered_ + foreign_ + bad_streams() == 0;
}

void tally::add(const stamp_check& check) {
    lost_ += check.overtaken();
    doubled_ += check.doubled();
    disordered_ += check.disordered();
    foreign_ += check.foreign();
}

void tally::note(const std::string& why) {
    if (examples_.size() < examples_max) examples_.push_back(why);
}

}  // namespace sluice::gateway::load
