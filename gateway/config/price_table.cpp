#include "gateway/config/money.hpp"
#include "gateway/config/tables.hpp"
#include "gateway/config/values.hpp"

#include <cstdint>
#include <map>
#include <utility>

namespace sluice::gateway {

namespace {

// A price for a million tokens in thousandths is the price of one token in billionths: what is read
// needs no division, and nothing is rounded.
constexpr money_value per_million{3, 1'000'000};

/// Without a default in the schema: what is required has none.
template <class Member>
field<price_entry> price_field(
    std::string_view key, std::string_view doc, Member token_price::*member, bool required
) {
    const auto place = [member](auto& entry) -> auto& {
        return entry.price.*member;
    };
    auto made = make_field<price_entry>(key, doc, place, per_million, required);
    made.schema = [](const price_entry&) { return per_million.schema(); };
    return made;
}

const section<price_entry>& price_table() {
    static const section<price_entry> table{
        {},
        {make_field<price_entry>(
             "provider",
             "The name of a provider; without it, any.",
             &price_entry::provider,
             text_value{check_label, "^[A-Za-z0-9._-]{1,64}$", text_value::use::name}
         ),
         make_field<price_entry>(
             "model",
             "The model as the provider calls it; a '*' at its end matches any rest.",
             &price_entry::model,
             text_value{check_route_name, "^[^* ]*\\*?$"},
             true
         ),
         price_field("input", "A million tokens of prompts.", &token_price::input, true),
         price_field("output", "A million tokens of answers.", &token_price::output, true),
         price_field(
             "cached_input",
             "A million tokens of prompts that the provider had in its cache; without it, as "
             "'input'.",
             &token_price::cached_input,
             false
         ),
         price_field(
             "cache_write",
             "A million tokens of prompts that it puts there; without it, as 'input'.",
             &token_price::cache_write,
             false
         )}};
    return table;
}

using prices = std::vector<price_entry>;

struct prices_value {
    list_value<object_value<price_entry>, price_entry> type{{&price_table()}, 0, 10'000};

    std::optional<prices> read(const node& value, problems& problems) const {
        auto read = type.read(value, problems);
        if (read) check_duplicates(value, *read, problems);
        return read;
    }
    json schema() const { return type.schema(); }
    json write(const prices& value) const { return type.write(value); }

    /// An entry of the list is an entry of the file, whatever is wrong with it.
    static void check_duplicates(const node& list, const prices& read, problems& problems) {
        using name = std::pair<std::string_view, std::string_view>;
        std::map<name, position> seen;
        for (std::size_t i = 0; i < read.size(); ++i) {
            if (read[i].model.empty()) continue;
            const position at = list.children[i].at;
            const auto [first, added] = seen.emplace(name(read[i].provider, read[i].model), at);
            if (added) continue;
            problems.add(
                at,
                "duplicate price: the same provider and model (first on line " +
                    std::to_string(first->second.line) + ")"
            );
        }
    }
};

}  // namespace

field<configuration> prices_field() {
    return make_field<configuration>(
        "prices",
        "What a million tokens cost at the providers, all in one currency.",
        &configuration::prices,
        prices_value{}
    );
}

}  // namespace sluice::gateway
