#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/documented_fields.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <vector>

// Each documented field of each dialect with values that it must not have.
namespace sluice::hostile {
namespace {

using end_to_end::http_response;
using nlohmann::json;

struct combination {
    const surface* where;
    const documented_field* field;
    std::string value;
    bool legal_perhaps = false;
};

std::vector<combination> all_combinations() {
    std::vector<combination> all;
    for (const auto& where : all_surfaces()) {
        for (const auto& field : where.fields) {
            for (const auto& value : field.bad)
                all.push_back({&where, &field, value, false});
            for (const auto& value : field.odd)
                all.push_back({&where, &field, value, true});
        }
    }
    return all;
}

std::string name_of(const combination& each) {
    return each.where->name + " " + each.field->pointer + " = " + each.value;
}

/// What a refusal must speak of.
std::string subject_of(const documented_field& field) {
    if (!field.called.empty()) return field.called;
    return field.pointer.substr(field.pointer.rfind('/') + 1);
}

http_response ask(const combination& each) {
    end_to_end::raw_client client(attacked_port());
    client.send(end_to_end::post_text(
                    each.where->path, body_with(*each.where, each.field->pointer, each.value)
    )
                    .header("X-Mock-Tokens", "2"));
    return client.read_response();
}

std::string complaint_about_refusal(const combination& each, const http_response& answer) {
    if (answer.status < 400 || answer.status >= 500)
        return "status " + std::to_string(answer.status);
    auto shape = complaint_about_shape(*each.where, answer);
    if (!shape.empty()) return shape;
    if (answer.body.find(subject_of(*each.field)) == std::string::npos && each.value != "1e999")
        return "the refusal does not name the field: " + printable(answer.body);
    return {};
}

std::string complaint_about_answer(const combination& each, const http_response& answer) {
    if (each.where->text.empty()) return {};
    if (answer.header("Content-Type").rfind("text/event-stream", 0) == 0)
        return answer.body.find("event: done") == std::string::npos ? "a stream without its end"
                                                                    : "";
    const auto body = json::parse(answer.body, nullptr, false);
    if (body.is_discarded()) return "no JSON: " + printable(answer.body);
    if (!body.contains(json::json_pointer(each.where->text)))
        return "an answer without a text: " + printable(answer.body);
    return {};
}

std::string judged(const combination& each, const http_response& answer) {
    if (each.legal_perhaps && answer.status == 200) return complaint_about_answer(each, answer);
    return complaint_about_refusal(each, answer);
}

class fields : public attack {};

TEST_F(fields, WithValuesThatTheyCannotHaveAreRefusedByName) {
    const auto all = all_combinations();
    EXPECT_GE(all.size(), 240U);
    std::vector<std::string> complaints(all.size());
    in_parallel(all.size(), [&](std::size_t i) { complaints[i] = judged(all[i], ask(all[i])); });
    for (std::size_t i = 0; i < all.size(); ++i)
        EXPECT_EQ(complaints[i], "") << name_of(all[i]);
    count_cases(all.size());
}

TEST_F(fields, AreCoveredInElevenDialects) {
    std::set<std::string> names;
    for (const auto& where : all_surfaces())
        names.insert(where.name);
    EXPECT_EQ(names.size(), 11U);
}

TEST_F(fields, OfTheLeastBodyOfEachDialectAreRight) {
    for (const auto& where : all_surfaces()) {
        const auto answer =
            attacked().ask(end_to_end::post(where.path, where.body).header("X-Mock-Tokens", "2"));
        EXPECT_EQ(answer.status, 200) << where.name << ": " << answer.body;
        if (where.text.empty()) continue;
        EXPECT_TRUE(answer.json().contains(json::json_pointer(where.text)))
            << where.name << ": " << answer.body;
    }
}

}  // namespace
}  // namespace sluice::hostile
