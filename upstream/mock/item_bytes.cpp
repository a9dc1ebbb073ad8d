#include "upstream/mock/item_bytes.hpp"

#include <variant>

namespace sluice::upstream::mock {
namespace {

struct measure {
    std::size_t operator()(const text_delta& item) const { return item.text.size(); }
    std::size_t operator()(const reasoning_delta& item) const { return item.text.size(); }
    std::size_t operator()(const refusal_delta& item) const { return item.text.size(); }
    std::size_t operator()(const media_delta& item) const {
        return item.data.size() + item.transcript.size();
    }
    std::size_t operator()(const tool_call_delta& item) const {
        return item.id.size() + item.name.size() + item.arguments.size();
    }
    std::size_t operator()(const reasoning_state_delta& item) const { return item.data.size(); }
    std::size_t operator()(const citation_delta& item) const {
        return item.url.size() + item.title.size() + item.cited_text.size();
    }
    std::size_t operator()(const logprobs_delta& item) const { return item.content.size(); }
    std::size_t operator()(const embedding_delta& item) const { return item.numbers.size(); }
    std::size_t operator()(const finish&) const { return 0; }
    std::size_t operator()(const usage&) const { return 0; }
    std::size_t operator()(const identity&) const { return 0; }
    std::size_t operator()(const verbatim& item) const { return item.bytes.size(); }
};

}  // namespace

std::size_t bytes_of(const item& item) {
    return std::visit(measure{}, item);
}

}  // namespace sluice::upstream::mock
