// A client's connection, from accept to close, on a worker of the gateway: what it sends comes to
// whole answers, no more of them than requests, in the same order, and nothing stays behind.
//
// Input: one byte; up to three lengths of pieces, round and round (none: whole); the bytes of the
// connection. Of the first byte the lower two bits choose the configuration, the next two whose
// listener it is, the next two say how many lengths follow; the last two: the client leaves at once
// and does not wait for answers; the gateway drains.
//
// `@stream@`, `@url@` and `@cookie@` stand for the name, the signed URL and the cookie that the
// client was told of last. `@again@`: what follows comes by a new connection, once this one is
// over.

#include "gateway/http/message.hpp"
#include "gateway/http/request_reader.hpp"
#include "tests/fuzz/by_hand.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/whole_answers.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <malloc.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace sluice::gateway;
using by_hand::client;
using by_hand::turned_worker;

/// What an input chooses, and what it sends.
struct plan {
    std::size_t configuration = 0;
    listener_role role = listener_role::everybody;
    bool leaves_at_once = false;
    bool draining = false;
    std::string_view lengths;
    std::string_view wire;
};

plan read_plan(std::string_view input) {
    constexpr std::array roles{
        listener_role::everybody,
        listener_role::clients,
        listener_role::operators,
        listener_role::everybody};
    const auto first = static_cast<unsigned char>(input[0]);
    plan read;
    read.configuration = first & 3U;
    read.role = roles[(first >> 2U) & 3U];
    read.lengths = input.substr(1, (first >> 4U) & 3U);
    read.leaves_at_once = (first & 0x40U) != 0;
    read.draining = (first & 0x80U) != 0;
    read.wire = input.substr(1 + read.lengths.size());
    return read;
}

/// What requests `bytes` hold, as the session reads them.
struct requests {
    std::vector<whole_answers::question> all;
    std::size_t whole = 0;      ///< of them; the last one may lack its end, or be refused
    std::size_t expecting = 0;  ///< 100 Continue
};

requests requests_in(std::string bytes, const server_settings& server) {
    requests found;
    while (!bytes.empty()) {
        request_reader reader{{server.header_bytes_max, server.body_bytes_max}};
        auto state = reader.feed(bytes);
        if (state == request_reader::state::head_done && !bytes.empty()) state = reader.feed(bytes);
        if (reader.expects_continue()) ++found.expecting;
        found.all.push_back({reader.request().method == "HEAD"});
        if (state == request_reader::state::need_more || state == request_reader::state::head_done)
            return found;
        ++found.whole;
        if (state == request_reader::state::refused) return found;
    }
    return found;
}

/// A wire fault of the mock breaks connections. Who asks for it in escapes is believed to.
bool may_ask_for_cut(std::string_view wire) {
    const auto decoded = percent_decode(wire, false);
    return decoded.find("cut-") != std::string::npos || decoded.find("\\u") != std::string::npos;
}

std::string_view told_name(std::string_view marker, const whole_answers::names& known) {
    if (marker == "@stream@") return known.stream;
    return marker == "@url@" ? known.signed_target : known.cookie;
}

/// The first marker in `text`, and where it is; behind the end if there is none.
std::pair<std::size_t, std::string_view> find_marker(std::string_view text) {
    std::pair<std::size_t, std::string_view> first{text.size(), {}};
    for (const std::string_view marker : {"@stream@", "@url@", "@cookie@"}) {
        const auto at = text.find(marker);
        if (at < first.first) first = {at, marker};
    }
    return first;
}

/// Sends `bytes` in pieces, and takes what is said to each. False: it is not taken.
bool send_in_pieces(client& by, const plan& asked, std::string_view bytes) {
    constexpr std::size_t pieces_max = 64;
    for (std::size_t turn = 0; !bytes.empty(); ++turn) {
        std::size_t size = bytes.size();
        if (!asked.lengths.empty() && turn < pieces_max)
            size = 1U + static_cast<unsigned char>(asked.lengths[turn % asked.lengths.size()]);
        const auto piece = bytes.substr(0, size);
        if (!by.send(piece)) return false;
        bytes.remove_prefix(piece.size());
        if (!asked.leaves_at_once) by.exchange();
    }
    return true;
}

/// What is known at the end of a connection.
struct outcome {
    bool answered = false;     ///< nothing was on its way when the client had sent all
    bool fell_behind = false;  ///< a stream outran its client, whose connection ends with it
    requests sent;
    whole_answers::result told;
};

void send_all(
    client& by,
    const plan& asked,
    std::string_view wire,
    const server_settings& server,
    whole_answers::names& known
) {
    while (!wire.empty()) {
        const auto [at, marker] = find_marker(wire);
        if (!send_in_pieces(by, asked, wire.substr(0, at))) return;
        wire.remove_prefix(at + marker.size());
        if (marker.empty()) continue;
        by.exchange();
        (void)whole_answers::check(by.received(), requests_in(by.sent(), server).all, known);
        if (!by.send(told_name(marker, known))) return;
    }
}

/// One connection from its beginning to its end.
outcome visit(
    turned_worker& to, const plan& asked, std::string_view wire, whole_answers::names& known
) {
    const auto serving = to.on().serving();
    const auto& server = serving->settings->server;
    outcome ended;
    client by{to, asked.role};
    send_all(by, asked, wire, server, known);
    if (!asked.leaves_at_once) by.exchange();
    ended.answered = !asked.leaves_at_once && to.on().answering == 0;
    by.end_sending();
    by.exchange();
    FUZZ_CHECK(by.session_over());
    ended.fell_behind = by.received().find("the reader fell behind") != std::string::npos;
    ended.sent = requests_in(by.sent(), server);
    ended.told = whole_answers::check(by.received(), ended.sent.all, known);
    return ended;
}

void check_outcome(const outcome& of, const plan& asked) {
    FUZZ_CHECK(of.told.interim <= of.sent.expecting);
    if (!of.answered || may_ask_for_cut(asked.wire)) return;
    FUZZ_CHECK(!of.told.cut_off);
    FUZZ_CHECK(of.told.whole >= of.sent.whole || of.told.says_close || of.fell_behind);
}

/// What connections leave behind is dropped again: however many there are, there is an end to it.
/// Sanitizers have their own heap, and their own ways to tell.
void check_memory() {
    constexpr std::size_t most = std::size_t{64} << 20;
    FUZZ_CHECK(::mallinfo2().uordblks < most);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static turned_worker gateway;
    const auto asked = read_plan({reinterpret_cast<const char*>(data), size});
    gateway.adopt(asked.configuration, asked.draining);
    constexpr std::string_view again = "@again@";
    constexpr int connections_max = 8;
    whole_answers::names known;
    auto wire = asked.wire;
    for (int connections = 0; connections < connections_max && !wire.empty(); ++connections) {
        const auto part = wire.substr(0, wire.find(again));
        check_outcome(visit(gateway, asked, part, known), asked);
        wire.remove_prefix(std::min(wire.size(), part.size() + again.size()));
    }
    gateway.check_idle();
    check_memory();
    return 0;
}
