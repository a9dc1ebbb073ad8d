#include "upstream/mock/probabilities.hpp"

#include "upstream/json_members.hpp"
#include "upstream/mock/hash.hpp"
#include "upstream/mock/text.hpp"

namespace sluice::upstream::mock {
namespace {

/// `{"token":..,"logprob":..,"bytes":[..]`, left open. A logarithm of thousandths, below zero.
void append_token(std::string& out, std::string_view token, std::uint64_t thousandths) {
    out += "{\"token\":";
    append_json_string(out, token);
    const std::string places = std::to_string(1000 + thousandths % 1000);
    out.append(",\"logprob\":-").append(std::to_string(thousandths / 1000));
    out.append(".").append(places, 1).append(",\"bytes\":[");
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (i > 0) out += ',';
        out += std::to_string(static_cast<unsigned char>(token[i]));
    }
    out += ']';
}

}  // namespace

void append_probability(
    std::string& out, std::string_view token, std::uint64_t seed, int alternatives
) {
    fingerprint print;
    print.add(token);
    dice dice(mix(seed, print.value()));
    std::uint64_t thousandths = 1 + dice.below(600);
    if (!out.empty()) out += ',';
    append_token(out, token, thousandths);
    out += ",\"top_logprobs\":[";
    for (int i = 0; i < alternatives; ++i) {
        if (i > 0) out += ',';
        append_token(out, i == 0 ? std::string(token) : " " + words(dice, 1), thousandths);
        out += '}';
        thousandths += 500 + dice.below(900);
    }
    out += "]}";
}

}  // namespace sluice::upstream::mock
