#include "gateway/load/expected_answer.hpp"

#include "upstream/mock/answer.hpp"
#include "upstream/mock/options.hpp"

#include <utility>
#include <variant>

namespace sluice::gateway::load {

namespace {

struct gather {
    expected_answer& into;

    void operator()(const upstream::text_delta& item) const {
        into.text += item.text;
        into.ends.push_back(static_cast<std::uint32_t>(into.text.size()));
    }
    // Some dialects tell refusals as texts; nobody stamps them.
    void operator()(const upstream::refusal_delta& item) const {
        (*this)(upstream::text_delta{item.choice, item.text});
        into.refused = true;
    }
    void operator()(const upstream::reasoning_delta& item) const { into.reasoning += item.text; }
    void operator()(const upstream::tool_call_delta& item) const {
        const auto index = static_cast<std::size_t>(item.index);
        if (into.arguments.size() <= index) into.arguments.resize(index + 1);
        into.arguments[index] += item.arguments;
    }
    void operator()(const upstream::finish& item) const { into.finish = item.reason; }
    void operator()(const upstream::usage& item) const {
        into.output_tokens = item.output_tokens.value_or(0);
    }
    template <class Other>
    void operator()(const Other&) const {}
};

}  // namespace

boost::system::result<expected_answer, std::string> expect_answer(const upstream::request& request
) {
    namespace mock = upstream::mock;
    auto read = mock::read_options({}, request, {});
    if (auto* const bad = std::get_if<upstream::failure>(&read)) return std::move(bad->message);
    const auto& options = std::get<mock::options>(read);
    upstream::call call;
    call.request = request;
    if (auto refused = mock::answer::check(call, options)) return std::move(refused->message);
    mock::answer answer(call, options, upstream::mock_settings{}.seed);
    expected_answer expected;
    std::vector<upstream::item> items;
    while (!answer.complete()) {
        answer.forget();
        items.clear();
        answer.next(items);
        for (const auto& item : items)
            std::visit(gather{expected}, item);
    }
    return expected;
}

}  // namespace sluice::gateway::load
