#include "tests/faults/faults.hpp"

#include <algorithm>

namespace sluice::faults {
namespace {

void answer_late(conversation& talk) {
    talk.answer_head();
    talk.pause(milliseconds(600));
    talk.chunk(talk.good_body());
    talk.last_chunk();
}

void answer_haltingly(conversation& talk) {
    constexpr std::size_t parts = 5;
    const auto body = talk.good_body();
    const auto size = body.size() / parts + 1;
    talk.answer_head();
    for (std::size_t at = 0; at < body.size(); at += size) {
        talk.chunk(body.substr(at, size));
        talk.pause(milliseconds(250));
    }
    talk.last_chunk();
}

void answer_slowly(conversation& talk) {
    if (!talk.asked().streamed) return talk.answer_well();
    const auto said = talk.stream();
    talk.answer_head();
    talk.chunk(bytes_of(said.opening));
    for (const auto& token : said.content) {
        talk.chunk(bytes_of(token));
        talk.pause(milliseconds(50));
    }
    talk.chunk(bytes_of(said.closing) + bytes_of(said.terminal));
    talk.last_chunk();
}

void repeat_last_words(conversation& talk) {
    constexpr std::size_t repeated_tokens = 4;
    const auto& asked = talk.asked();
    const bool again = asked.instructed && asked.wishes.first_token >= repeated_tokens;
    talk.answer_well(again ? repeated_tokens : 0);
}

void add_good_answers(std::vector<fault>& to) {
    const auto add = [&](const char* id, const char* what, void (*act)(conversation&)) -> fault& {
        return to.emplace_back(fault{id, what, effect::benign, effect::benign, act});
    };
    add("none", "The known answer, without a fault.", [](conversation& talk) { talk.answer_well(); }
    ).keeps_alive = true;
    add("repeats",
        "Told to go on with its answer, it begins with its last words once more.",
        repeat_last_words)
        .keeps_alive = true;
    add("late", "The first content comes when heartbeats are under way.", answer_late);
    add("halting", "Pauses longer than a heartbeat between some words.", answer_haltingly);
    add("slow", "Each token takes its time.", answer_slowly);
}

void add_doors(std::vector<fault>& to) {
    using manner = odd_door::manner;
    const auto add = [&](const char* id, const char* what, manner how) {
        fault door{id, what, effect::before, effect::before, {}};
        door.door = how;
        to.push_back(std::move(door));
    };
    add("refused-connection", "Nobody listens at the address.", manner::closed);
    add("deaf", "Connecting never ends.", manner::deaf);
    add("reset-at-accept", "The connection is reset as soon as it is there.", manner::resets);
    add("end-at-accept", "The connection is closed as soon as it is there.", manner::ends);
}

std::vector<fault> make_faults() {
    std::vector<fault> faults;
    add_good_answers(faults);
    add_doors(faults);
    add_breaks(faults);
    add_spellings(faults);
    add_carriage(faults);
    add_statuses(faults);
    add_reports(faults);
    add_floods(faults);
    add_garbage(faults);
    return faults;
}

}  // namespace

verdict expected(effect what, scenario route) {
    const bool alone = route == scenario::one;
    switch (what) {
        case effect::benign:
            return verdict::text;
        case effect::odd:
            return alone ? verdict::either : verdict::text;
        case effect::before:
            return alone ? verdict::error : verdict::text;
        case effect::silence:
            return alone ? verdict::error : verdict::either;
        case effect::after:
            // A gateway that got content and failure at once has delivered none of it yet, and may
            // well turn to another target; one that had delivered some would say it twice.
            if (route == scenario::fallback) return verdict::either;
            return alone ? verdict::error : verdict::text;
        case effect::either:
            return verdict::either;
        case effect::refused:
        case effect::endless:
            return verdict::error;
    }
    return verdict::error;
}

const std::vector<fault>& all_faults() {
    static const std::vector<fault> faults = make_faults();
    return faults;
}

const fault* find_fault(std::string_view id) {
    const auto& faults = all_faults();
    const auto found = std::ranges::find(faults, id, &fault::id);
    return found == faults.end() || !found->act ? nullptr : &*found;
}

const odd_door& canary() {
    static const odd_door door(odd_door::manner::ends);
    return door;
}

}  // namespace sluice::faults
