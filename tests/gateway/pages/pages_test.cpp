#include "gateway/pages/pages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>

namespace sluice::gateway::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string type_of(std::string_view name) {
    const auto* found = find_page(name);
    return found ? std::string{found->content_type} : "";
}

std::string text_of(std::string_view name) {
    const auto* found = find_page(name);
    return found ? std::string{found->bytes} : "";
}

/// What a document refers to among the pages' files.
std::set<std::string> references_of(std::string_view name) {
    static const std::regex reference("(?:src|href)=\"pages/([^\"]+)\"");
    const auto text = text_of(name);
    std::set<std::string> all;
    for (std::sregex_iterator it(text.begin(), text.end(), reference), end; it != end; ++it)
        all.insert((*it)[1]);
    return all;
}

/// The modules that a script imports.
std::set<std::string> imports_of(const page& script) {
    static const std::regex import("from [\"']\\./([^\"']+)[\"']");
    const std::string text{script.bytes};
    std::set<std::string> all;
    for (std::sregex_iterator it(text.begin(), text.end(), import), end; it != end; ++it)
        all.insert((*it)[1]);
    return all;
}

TEST(Pages, AreFoundByTheirVeryName) {
    EXPECT_EQ(type_of("playground.html"), "text/html; charset=utf-8");
    EXPECT_EQ(type_of("dashboard.html"), "text/html; charset=utf-8");
    EXPECT_EQ(type_of("common.css"), "text/css; charset=utf-8");
    EXPECT_EQ(type_of("key_door.js"), "text/javascript; charset=utf-8");
    for (const auto* name :
         {"", "common", "common.css ", "Common.css", "../common.css", "/common.css", "zzz.js"})
        EXPECT_EQ(find_page(name), nullptr) << name;
}

TEST(Pages, AreFoundEachOfThem) {
    for (const auto& one : all_pages()) {
        EXPECT_EQ(find_page(one.name), &one) << one.name;
        EXPECT_FALSE(one.bytes.empty()) << one.name;
    }
}

TEST(Pages, HoldTheFilesToTheLastByte) {
    EXPECT_THAT(text_of("dashboard.html"), StartsWith("<!doctype html>\n"));
    EXPECT_TRUE(text_of("dashboard.html").ends_with("</html>\n"));
    EXPECT_THAT(text_of("key_door.js"), HasSubstr("export function create_key_door("));
}

TEST(Pages, HaveEntityTagsOfTheirContent) {
    std::set<std::string_view> tags;
    for (const auto& one : all_pages()) {
        EXPECT_TRUE(std::regex_match(std::string{one.etag}, std::regex("\"[0-9a-f]{16}\"")))
            << one.name;
        tags.insert(one.etag);
    }
    EXPECT_EQ(tags.size(), all_pages().size());
}

TEST(Pages, ReferToNothingThatIsNotThere) {
    for (const auto* document : {"playground.html", "dashboard.html"}) {
        for (const auto& name : references_of(document))
            EXPECT_NE(find_page(name), nullptr) << document << " refers to " << name;
    }
    for (const auto& one : all_pages()) {
        for (const auto& name : imports_of(one))
            EXPECT_NE(find_page(name), nullptr) << one.name << " imports " << name;
    }
}

TEST(Pages, NeedNothingThatTheirPolicyForbids) {
    for (const auto& one : all_pages()) {
        if (!one.name.ends_with(".html")) continue;
        const std::string text{one.bytes};
        EXPECT_EQ(text.find("<style"), text.npos) << one.name;
        EXPECT_FALSE(std::regex_search(text, std::regex("\\sstyle="))) << one.name;
        EXPECT_FALSE(std::regex_search(text, std::regex("\\son[a-z]+="))) << one.name;
        EXPECT_FALSE(std::regex_search(text, std::regex("<script(?![^>]*\\ssrc=)"))) << one.name;
        EXPECT_FALSE(std::regex_search(text, std::regex("(src|href)=\"(https?:)?//"))) << one.name;
    }
}

TEST(PagesPolicy, AllowsNeitherInlineScriptsNorOtherServers) {
    const std::string policy{pages_csp()};
    EXPECT_THAT(policy, StartsWith("default-src 'none'; "));
    EXPECT_THAT(policy, HasSubstr("script-src 'self';"));
    EXPECT_THAT(policy, HasSubstr("require-trusted-types-for 'script'"));
    for (const auto* lax : {"unsafe", "http", "*", "blob:"})
        EXPECT_THAT(policy, Not(HasSubstr(lax)));
}

}  // namespace
}  // namespace sluice::gateway::testing
