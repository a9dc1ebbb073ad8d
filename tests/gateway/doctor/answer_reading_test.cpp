#include "gateway/doctor/answer_reading.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::doctor::testing {
namespace {

std::string mock_among(const std::string& models) {
    const auto list = read_models(R"({"object":"list","data":[)" + models + "]}");
    return list ? list->mock : "no list of models";
}

TEST(AnswerReading, FindsTheFirstModelOfAMockThatCanBeAskedFor) {
    EXPECT_EQ(
        mock_among(R"({"id":"gpt","owned_by":"openai"},{"id":"mock-*","owned_by":"mock"},)"
                   R"({"id":"","owned_by":"mock"},{"id":"tale","owned_by":"mock"},)"
                   R"({"id":"second","owned_by":"mock"})"),
        "tale"
    );
    EXPECT_EQ(mock_among(""), "");
}

TEST(AnswerReading, PassesOverModelsThatAStrangerDescribesOtherwise) {
    EXPECT_EQ(
        mock_among(R"(7,null,"mock",["mock"],{},{"id":7,"owned_by":"mock"},)"
                   R"({"id":"a","owned_by":7},{"id":"b","owned_by":null},)"
                   R"({"id":["c"],"owned_by":"mock"},{"id":"d","owned_by":{"mock":"mock"}})"),
        ""
    );
    EXPECT_EQ(mock_among(R"({"id":7,"owned_by":7},{"id":"tale","owned_by":"mock"})"), "tale");
}

TEST(AnswerReading, TellsWhatIsNoListOfModels) {
    for (const auto* body :
         {"",
          "<h1>Welcome</h1>",
          "[]",
          "7",
          "null",
          "{}",
          R"({"data":{}})",
          R"({"data":null})",
          R"({"data":"mock"})",
          R"({"data":[)",
          "{\"data\":[\"\xff\"]}"}) {
        EXPECT_FALSE(read_models(body)) << body;
    }
}

TEST(AnswerReading, ReadsWhetherAStreamHasEndedWhereAPollSaysIt) {
    EXPECT_EQ(read_done(R"({"events":[],"next":3,"done":true})"), true);
    EXPECT_EQ(read_done(R"({"events":[],"next":3,"done":false})"), false);
    for (const auto* body :
         {"",
          "done",
          "[]",
          "true",
          "{}",
          R"({"done":"true"})",
          R"({"done":1})",
          R"({"done":null})"}) {
        EXPECT_EQ(read_done(body), std::nullopt) << body;
    }
}

}  // namespace
}  // namespace sluice::gateway::doctor::testing
