#include "upstream/routing/recorder.hpp"

#include "tests/upstream/loopback_server.hpp"
#include "tests/upstream/routing/recorded.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <future>
#include <sys/resource.h>
#include <sys/stat.h>
#include <utility>

namespace sluice::tests {
namespace {

using namespace upstream;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using connection = loopback_server::connection;

constexpr std::string_view key = "sk-the-secret-key";

provider at(const loopback_server& server) {
    provider made;
    made.settings.name = "far";
    made.settings.base_url = server.url();
    made.settings.api_key = key;
    made.settings.headers = {{"x-own-secret", std::string(key)}};
    return made;
}

std::shared_ptr<recording_folder> open(
    const scratch_folder& folder, std::vector<std::string>* warnings = nullptr
) {
    auto opened = recording_folder::open(folder.path(), [warnings](const std::string& text) {
        if (warnings != nullptr) warnings->push_back(text);
    });
    return opened ? *opened : nullptr;
}

/// Sends these pieces of a chunked body, each once the one before has been read.
loopback_server::script says(std::vector<std::string> pieces) {
    return [pieces = std::move(pieces)](connection& client) {
        while (client.read_request()) {
            client.send(chunked_head());
            for (const auto& piece : pieces)
                client.send(chunk(piece));
            client.send("0\r\n\r\n");
        }
    };
}

TEST(Recorder, KeepsEveryByteOfAnAnswer) {
    const auto frames = chat_frame("Gr\xc3\xbc\xc3\x9f\x65") + ": comment\n\n" + chat_end;
    std::vector<std::string> pieces;
    for (std::size_t i = 0; i < frames.size(); i += 7)
        pieces.push_back(frames.substr(i, 7));
    loopback_server server(says(pieces));
    const scratch_folder folder;
    {
        house h(open(folder));
        listener client;
        ASSERT_TRUE(h.complete(client, at(server), ask()));
        EXPECT_EQ(client.frames, frames);
        ASSERT_TRUE(h.run_until([&] { return folder.only_recording().has_value(); }));
    }
    const auto made = folder.only_recording();
    ASSERT_TRUE(made);
    EXPECT_EQ(made->body, frames);
    EXPECT_EQ(made->status, 200);
    EXPECT_EQ(made->ended, "whole");
    EXPECT_EQ(made->request.client, api::openai_chat);
    EXPECT_EQ(made->request.model, "m");
    EXPECT_EQ(made->request.url, server.url("/v1/chat/completions"));
    EXPECT_THAT(made->request.when, MatchesRegex("20..-..-..T..:..:......Z"));
    EXPECT_GT(made->ended_at, 0);
}

TEST(Recorder, WritesNoCredentials) {
    loopback_server server(says({chat_end}));
    const scratch_folder folder;
    house h(open(folder));
    listener client;
    ASSERT_TRUE(h.complete(client, at(server), ask()));
    ASSERT_TRUE(h.run_until([&] { return folder.only_recording().has_value(); }));
    EXPECT_THAT(folder.only(), Not(HasSubstr("secret-key")));
    EXPECT_THAT(folder.only(), HasSubstr(R"(["Authorization","***"])"));
    EXPECT_THAT(folder.only(), HasSubstr(R"(["x-own-secret","***"])"));
}

TEST(Recorder, HidesCredentialsThatTheAnswerRepeats) {
    const auto frame = chat_frame("you are " + std::string(key));
    std::vector<std::string> pieces;
    for (const char c : frame)
        pieces.emplace_back(1, c);
    pieces.push_back(chat_end);
    loopback_server server(says(pieces));
    const scratch_folder folder;
    house h(open(folder));
    listener client;
    ASSERT_TRUE(h.complete(client, at(server), ask("my key is " + std::string(key))));
    ASSERT_TRUE(h.run_until([&] { return folder.only_recording().has_value(); }));
    const auto made = folder.only_recording();
    ASSERT_TRUE(made);
    const std::string stars(key.size(), '*');
    EXPECT_EQ(made->body, chat_frame("you are " + stars) + chat_end);
    EXPECT_THAT(made->request.body.value(), HasSubstr("my key is " + stars));
    EXPECT_EQ(client.frames, frame + chat_end) << "the client gets what was said";
}

TEST(Recorder, HidesACredentialThatComesInTwoReads) {
    const auto first = chat_frame("a") + ": " + std::string(key.substr(0, 9));
    const auto second = std::string(key.substr(9)) + "\n\n" + chat_end;
    std::promise<void> taken;
    loopback_server server([&, waits = taken.get_future().share()](connection& client) {
        client.read_request();
        client.send(chunked_head() + chunk(first));
        waits.wait();
        client.send(chunk(second) + "0\r\n\r\n");
    });
    const scratch_folder folder;
    house h(open(folder));
    listener client;
    h.begin(client, at(server), ask());
    const bool came = h.run_until([&] { return !client.frames.empty(); });
    taken.set_value();
    ASSERT_TRUE(came);
    ASSERT_TRUE(h.run_until([&] { return folder.only_recording().has_value(); }));
    const auto made = folder.only_recording();
    EXPECT_EQ(
        made->body, chat_frame("a") + ": " + std::string(key.size(), '*') + "\n\n" + chat_end
    );
    EXPECT_EQ(made->reads.front().end, chat_frame("a").size() + 2);
}

TEST(Recorder, HidesHalfACredentialWhereTheAnswerBreaksOff) {
    const auto half = std::string(key.substr(0, key.size() - 2));
    loopback_server server([&](connection& client) {
        client.read_request();
        client.send(chunked_head() + chunk(": " + half));
    });
    const scratch_folder folder;
    house h(open(folder));
    listener client;
    ASSERT_TRUE(h.complete(client, at(server), ask()));
    ASSERT_TRUE(h.run_until([&] { return folder.only_recording().has_value(); }));
    EXPECT_EQ(folder.only_recording()->body, ": " + std::string(half.size(), '*'));
}

TEST(Recorder, ShowsAFileToItsOwnerOnlyAndWhenItIsComplete) {
    loopback_server server([](connection& client) {
        client.read_request();
        client.send(chunked_head() + chunk(chat_frame("Hel")));
        client.wait_for_close();
    });
    const scratch_folder folder;
    house h(open(folder));
    listener client;
    h.begin(client, at(server), ask());
    ASSERT_TRUE(h.run_until([&] { return !client.frames.empty(); }));
    ASSERT_EQ(folder.files().size(), 1U);
    EXPECT_EQ(folder.files().front().extension(), ".part");
    client.source->cancel();
    ASSERT_EQ(folder.files().size(), 1U);
    const auto name = folder.files().front();
    EXPECT_THAT(
        name.filename().string(),
        MatchesRegex("20......T......\\....-far-[0-9a-f][0-9a-f]*\\.jsonl")
    );
    struct stat about {};
    ASSERT_EQ(::stat(name.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777U, 0600U);
}

TEST(Recorder, NotesThatAnExchangeWasGivenUp) {
    loopback_server server([](connection& client) {
        client.read_request();
        client.send(chunked_head() + chunk(chat_frame("Hel")));
        client.wait_for_close();
    });
    const scratch_folder folder;
    house h(open(folder));
    listener client;
    h.begin(client, at(server), ask());
    ASSERT_TRUE(h.run_until([&] { return !client.frames.empty(); }));
    client.source.reset();
    const auto made = folder.only_recording();
    ASSERT_TRUE(made);
    EXPECT_EQ(made->body, chat_frame("Hel"));
    EXPECT_EQ(made->ended, "left");
}

TEST(Recorder, NotesHowAnExchangeFailed) {
    loopback_server server([](connection& client) {
        client.read_request();
        client.send(chunked_head() + chunk(chat_frame("Hel")));
    });
    const scratch_folder folder;
    house h(open(folder));
    listener client;
    ASSERT_TRUE(h.complete(client, at(server), ask()));
    auto made = folder.only_recording();
    ASSERT_TRUE(made);
    EXPECT_EQ(made->body, chat_frame("Hel"));
    EXPECT_EQ(made->ended, "broken");
    EXPECT_NE(made->message, "");

    const scratch_folder other;
    house h2(open(other));
    provider nobody;
    nobody.settings.base_url = "http://127.0.0.1:1/v1";
    listener lonely;
    ASSERT_TRUE(h2.complete(lonely, nobody, ask()));
    made = other.only_recording();
    ASSERT_TRUE(made);
    EXPECT_EQ(made->status, 0);
    EXPECT_EQ(made->ended, "connect");
}

TEST(Recorder, KeepsARefusal) {
    loopback_server server([](connection& client) {
        while (client.read_request())
            client.send(answer(R"({"error":{"message":"No"}})", "429 Too Many Requests"));
    });
    const scratch_folder folder;
    house h(open(folder));
    listener client;
    ASSERT_TRUE(h.complete(client, at(server), ask()));
    const auto made = folder.only_recording();
    ASSERT_TRUE(made);
    EXPECT_EQ(made->status, 429);
    EXPECT_EQ(made->body, R"({"error":{"message":"No"}})");
    EXPECT_EQ(made->ended, "whole");
}

TEST(Recorder, WaitsForWhatComesBehindTheTerminalEvent) {
    std::atomic<bool> go = false;
    loopback_server server([&](connection& client) {
        client.read_request();
        client.send(chunked_head() + chunk(chat_frame("Hi") + chat_end));
        while (!go)
            std::this_thread::yield();
        client.send(chunk(": bye\n\n") + "0\r\n\r\n");
        client.wait_for_close();
    });
    const scratch_folder folder;
    house h(open(folder));
    listener client;
    ASSERT_TRUE(h.complete(client, at(server), ask()));
    client.source.reset();
    go = true;
    ASSERT_TRUE(h.run_until([&] { return folder.only_recording().has_value(); }));
    const auto made = folder.only_recording();
    EXPECT_EQ(made->body, chat_frame("Hi") + chat_end + ": bye\n\n");
    EXPECT_EQ(made->ended, "whole");
}

TEST(Recorder, KeepsEveryByteOfAClientThatIsSlow) {
    const auto frame = chat_frame(std::string(1000, 'x'));
    std::vector<std::string> pieces(400, frame);
    pieces.push_back(chat_end);
    loopback_server server(says(pieces));
    const scratch_folder folder;
    house h(open(folder));
    listener client;
    client.taking = false;
    h.begin(client, at(server), ask());
    ASSERT_TRUE(h.run_until([&] { return server.sent_bytes() > 100'000; }));
    client.taking = true;
    client.on_ready();
    ASSERT_TRUE(h.run_until([&] { return client.ended.has_value(); }));
    ASSERT_TRUE(h.run_until([&] { return folder.only_recording().has_value(); }));
    std::string wanted;
    for (const auto& piece : pieces)
        wanted += piece;
    EXPECT_EQ(folder.only_recording()->body, wanted);
}

/// Files that grow beyond `bytes` cannot be written, as on a disk that is full.
class small_disk {
 public:
    explicit small_disk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit now = before_;
        now.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &now);
    }
    ~small_disk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;

 private:
    void (*handler_)(int);
    rlimit before_{};
};

TEST(Recorder, GivesUpARecordingThatTheDiskHasNoRoomFor) {
    const auto frame = chat_frame(std::string(1000, 'x'));
    std::vector<std::string> pieces(100, frame);
    pieces.push_back(chat_end);
    loopback_server server(says(pieces));
    const scratch_folder folder;
    std::vector<std::string> warnings;
    house h(open(folder, &warnings));
    {
        const small_disk disk(40'000);
        for (int i = 0; i < 3; ++i) {
            listener client;
            ASSERT_TRUE(h.complete(client, at(server), ask()));
            EXPECT_EQ(client.ended->outcome, outcome::completed);
            EXPECT_GT(client.frames.size(), 100'000U);
        }
    }
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_THAT(warnings.front(), HasSubstr(folder.path().string() + "/20"));
    EXPECT_THAT(warnings.front(), HasSubstr("cannot be written: File too large"));
    EXPECT_TRUE(folder.files().empty());
}

TEST(RecordingFolder, IsMadeWhereThereIsNone) {
    const scratch_folder folder;
    const auto path = folder.path() / "new";
    ASSERT_TRUE(recording_folder::open(path, {}));
    EXPECT_TRUE(std::filesystem::is_directory(path));
    EXPECT_TRUE(std::filesystem::is_empty(path));
}

TEST(RecordingFolder, IsNamedWhereItCannotBeUsed) {
    const scratch_folder folder;
    const auto file = folder.path() / "file";
    std::ofstream(file) << "x";
    EXPECT_EQ(
        recording_folder::open(file, {}).error(),
        "'" + file.string() + "' cannot be used as a folder: Not a directory"
    );
    const auto deep = folder.path() / "a" / "b";
    EXPECT_EQ(
        recording_folder::open(deep, {}).error(),
        "'" + deep.string() + "' cannot be made: No such file or directory"
    );
    EXPECT_EQ(
        recording_folder::open("/proc/self", {}).error(),
        "'/proc/self' cannot be written to: No such file or directory"
    );
}

}  // namespace
}  // namespace sluice::tests
