#include "gateway/load/content_check.hpp"

#include <algorithm>
#include <utility>

namespace sluice::gateway::load {

namespace {

/// How far ahead a piece is looked for that is not what comes next.
constexpr std::size_t tokens_ahead_max = 256;

}  // namespace

content_check::content_check(std::shared_ptr<const expected_answer> expected, bool stamped)
    : expected_(std::move(expected)),
      stamped_(stamped && !expected_->refused),
      numbers_(stamped_ ? expected_->tokens() : 0),
      arguments_at_(expected_->arguments.size()) {}

content_check::content_check(std::uint64_t stamped_tokens)
    : stamped_(true), numbers_(stamped_tokens) {}

void content_check::text(std::string_view piece, std::vector<std::int64_t>& sent_ns) {
    if (stamped_) {
        pending_ += piece;
        stamped_text(sent_ns);
    } else if (expected_) {
        plain_text(piece);
    }
}

void content_check::stamped_text(std::vector<std::int64_t>& sent_ns) {
    std::size_t used = 0;
    while (used < pending_.size()) {
        const std::string_view rest = std::string_view(pending_).substr(used);
        const std::size_t taken =
            read_stamp(rest) ? take_token(rest, sent_ns) : skip_to_stamp(rest);
        if (taken == 0) break;
        used += taken;
    }
    pending_.erase(0, used);
}

/// How many bytes the token at the front has, its stamp included; 0: not all of it is here. The
/// blanks and words behind an unknown token are skipped like anything that is no stamp.
std::size_t content_check::take_token(std::string_view rest, std::vector<std::int64_t>& sent_ns) {
    const stamp found = *read_stamp(rest);
    std::size_t size = found.size;
    if (expected_ && found.sequence < expected_->tokens()) {
        const std::string_view wanted = expected_->token(found.sequence);
        const std::string_view came = rest.substr(size, wanted.size());
        if (came.size() < wanted.size() && wanted.starts_with(came)) return 0;
        altered_ = came != wanted;
        if (altered_)
            ++seen_.altered;
        else
            size += wanted.size();
    }
    ++seen_.checked;
    numbers_.see(found.sequence);
    sent_ns.push_back(found.sent_ns);
    return size;
}

/// Bytes where a stamp should be: of a known answer they are of a token that was changed, which is
/// counted once.
std::size_t content_check::skip_to_stamp(std::string_view rest) {
    std::size_t size = 0;
    while (size < rest.size() && !read_stamp(rest.substr(size)) &&
           !may_become_stamp(rest.substr(size)))
        ++size;
    if (size > 0 && expected_ && !std::exchange(altered_, true)) ++seen_.altered;
    return size;
}

void content_check::plain_text(std::string_view piece) {
    if (piece.empty()) return;
    const std::string_view rest = std::string_view(expected_->text).substr(text_.at);
    if (rest.starts_with(piece)) {
        move_to(text_.at + piece.size());
    } else if (piece == last_) {
        ++seen_.doubled;
    } else if (!came_late(piece) && !came_early(piece)) {
        if (rest.empty()) {
            ++seen_.foreign;
        } else {
            ++seen_.altered;
            move_to(std::min(text_.at + piece.size(), expected_->text.size()));
        }
    }
    last_ = piece;
}

/// A token that others had overtaken.
bool content_check::came_late(std::string_view piece) {
    const auto found = std::ranges::find_if(skipped_, [&](std::size_t token) {
        return expected_->token(token) == piece;
    });
    if (found == skipped_.end()) return false;
    skipped_.erase(found);
    ++seen_.disordered;
    return true;
}

/// The piece stands further on: the tokens up to there have been overtaken, or are lost.
bool content_check::came_early(std::string_view piece) {
    const std::size_t end = std::min(text_.tokens + tokens_ahead_max, expected_->tokens());
    for (std::size_t token = text_.tokens; token < end; ++token) {
        const std::size_t begin = expected_->ends[token];
        if (!std::string_view(expected_->text).substr(begin).starts_with(piece)) continue;
        for (std::size_t missed = text_.tokens; missed <= token; ++missed)
            skipped_.push_back(missed);
        text_ = {begin, token + 1};
        move_to(begin + piece.size());
        return true;
    }
    return false;
}

void content_check::move_to(std::size_t at) {
    text_.at = at;
    while (text_.tokens < expected_->tokens() && expected_->ends[text_.tokens] <= at) {
        ++text_.tokens;
        ++seen_.checked;
    }
}

void content_check::reasoning(std::string_view piece) {
    if (expected_) follow(expected_->reasoning, reasoning_at_, piece);
}

void content_check::arguments(int call, std::string_view piece) {
    if (!expected_) return;
    const auto index = static_cast<std::size_t>(call);
    if (index < arguments_at_.size())
        follow(expected_->arguments[index], arguments_at_[index], piece);
    else
        ++seen_.foreign;
}

/// Of what has no tokens of its own only the bytes count.
void content_check::follow(std::string_view expected, std::size_t& at, std::string_view piece) {
    ++seen_.checked;
    if (!expected.substr(at).starts_with(piece)) ++seen_.altered;
    at = std::min(at + piece.size(), expected.size());
}

void content_check::finish(upstream::finish_reason reason) {
    finish_fits_ = expected_ && reason == expected_->finish;
}

void content_check::usage(const upstream::usage& used) {
    if (!expected_ || used.output_tokens != expected_->output_tokens) return;
    usage_fits_ = true;
}

integrity content_check::result(bool ended) const {
    integrity out = seen_;
    if (stamped_) {
        out.lost += ended ? numbers_.lost() : numbers_.overtaken();
        out.doubled += numbers_.doubled();
        out.disordered += numbers_.disordered();
        out.foreign += numbers_.foreign();
        if (ended && !pending_.empty() && expected_) ++out.altered;
    }
    out.lost += skipped_.size();
    if (!expected_ || !ended) return out;
    if (!stamped_) out.lost += expected_->tokens() - text_.tokens;
    if (reasoning_at_ < expected_->reasoning.size()) ++out.lost;
    for (std::size_t i = 0; i < arguments_at_.size(); ++i)
        if (arguments_at_[i] < expected_->arguments[i].size()) ++out.lost;
    if (!finish_fits_ || !usage_fits_) ++out.miscounted;
    return out;
}

}  // namespace sluice::gateway::load
