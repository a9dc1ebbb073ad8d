#include "gateway/config/tables.hpp"
#include "gateway/config/values.hpp"

#include <algorithm>

namespace sluice::gateway {

namespace {

constexpr std::size_t targets_max = 64;      // each request puts all of them in order
constexpr std::uint64_t weight_max = 1000;   // nobody divides traffic finer
constexpr std::uint64_t priority_max = 100;  // more than there can be targets

const section<target>& target_table() {
    static const section<target> table{
        {},
        {make_field<target>(
             "provider",
             "The name of a provider.",
             &target::provider,
             text_value{check_label, "^[A-Za-z0-9._-]{1,64}$", text_value::use::name},
             true
         ),
         make_field<target>(
             "model",
             "What the provider is asked for; '*' stands for what the route's '*' matched.",
             &target::model,
             text_value{check_target_model, "^[^* ]*\\*?[^* ]*$"},
             true
         ),
         make_field<target>(
             "weight",
             "Its part of the requests, beside the other targets of its priority; 0: asked only "
             "where nothing else can be.",
             &target::weight,
             integer_value{0, weight_max}
         ),
         make_field<target>(
             "priority",
             "Lower ones are asked first, the others when those fail.",
             &target::priority,
             integer_value{1, priority_max}
         )}};
    return table;
}

using targets = std::vector<target>;

/// The entry that a target was read from.
const node& entry_of(const node& list, const targets& from, targets::const_iterator one) {
    return list.children[static_cast<std::size_t>(one - from.begin())];
}

void check_duplicates(const node& list, const targets& read, problems& problems) {
    for (auto here = read.begin(); here != read.end(); ++here) {
        const bool whole = !here->provider.empty() && !here->model.empty();
        const auto first = std::find_if(read.begin(), here, [&](const target& earlier) {
            return earlier.provider == here->provider && earlier.model == here->model;
        });
        if (!whole || first == here) continue;
        problems.add(
            entry_of(list, read, here).at,
            "duplicate target: the same provider and model (first on line " +
                std::to_string(entry_of(list, read, first).at.line) + ")"
        );
    }
}

/// Those that are asked first have to share the requests somehow.
void check_weights(const node& list, const targets& read, problems& problems) {
    const auto first =
        std::min_element(read.begin(), read.end(), [](const target& a, const target& b) {
            return a.priority < b.priority;
        });
    const bool idle = std::all_of(read.begin(), read.end(), [&](const target& one) {
        return one.priority != first->priority || one.weight == 0;
    });
    if (!idle) return;
    problems.add(
        entry_of(list, read, first).find("weight")->at,
        "all targets of priority " + std::to_string(first->priority) +
            " have weight 0: they are asked first, so one of them must have more"
    );
}

struct targets_value {
    list_value<object_value<target>, target> type{{&target_table()}, 1, targets_max};

    std::optional<targets> read(const node& value, problems& problems) const {
        auto read = type.read(value, problems);
        if (!read) return std::nullopt;
        check_duplicates(value, *read, problems);
        check_weights(value, *read, problems);
        return read;
    }
    json schema() const { return type.schema(); }
    /// The weight and the priority of a single target mean nothing.
    json write(const targets& value) const {
        json written = type.write(value);
        if (value.size() != 1) return written;
        written.front().erase("weight");
        written.front().erase("priority");
        return written;
    }
};

}  // namespace

field<model_route> targets_field() {
    return make_field<model_route>(
        "targets",
        "Who answers: one, several that share the requests, fallbacks.",
        &model_route::targets,
        targets_value{},
        true
    );
}

void check_stars(const node& map, model_route& route, problems& problems) {
    if (route.name.ends_with('*')) return;
    const node* const list = map.find("targets");
    const targets& read = route.targets;
    for (auto one = read.begin(); one != read.end(); ++one) {
        if (one->model.find('*') == std::string::npos) continue;
        problems.add(
            entry_of(*list, read, one).find("model")->at,
            "'model' must not hold '*' unless the route's name ends in '*'"
        );
    }
}

}  // namespace sluice::gateway
