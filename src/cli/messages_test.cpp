// Sources of messages on a real file system: which messages there are, and what each holds.
#include "cli/messages.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <unistd.h>

namespace bonafide::cli {
namespace {

namespace fs = std::filesystem;

class MessagesTest : public testing::Test {
  protected:
    MessagesTest() {
        std::string name = (fs::temp_directory_path() / "messages_test.XXXXXX").string();
        root_ = ::mkdtemp(name.data());
    }
    ~MessagesTest() override { fs::remove_all(root_); }

    [[nodiscard]] std::string path(const std::string& name) const { return (root_ / name).string(); }
    std::string write(const std::string& name, std::string_view content) const {
        fs::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name, std::ios::binary) << content;
        return path(name);
    }

    /// "name[@offset]=content" or "name!error" of each, names without the folder.
    [[nodiscard]] std::vector<std::string> all(MessageSources sources, const std::string& standard_input = {}) const {
        std::istringstream in(standard_input);
        Messages messages(std::move(sources), in);
        return drain(messages);
    }
    [[nodiscard]] std::vector<std::string> drain(Messages& messages) const {
        std::vector<std::string> result;
        while (const auto message = messages.next()) {
            std::string text = message->name.file;
            if (text.starts_with(root_.string())) text.erase(0, root_.string().size() + 1);
            if (message->name.offset) text += "@" + std::to_string(*message->name.offset);
            std::string content;
            const auto add = [&](std::string_view piece) {
                content += piece;
                return true;
            };
            if (message->content && message->content->pour(add))
                text += "=" + content;
            else
                text += "!" + (message->content ? "unreadable" : message->content.error().text);
            result.push_back(std::move(text));
        }
        return result;
    }

    fs::path root_;
};

using Strings = std::vector<std::string>;
constexpr std::string_view box =
    "From a Sat Nov 21 10:00:00 2026\nA: 1\n\nx\n\nFrom b Sat Nov 21 10:00:00 2026\nB: 2\n\n>From y\n";
Strings in_box(const std::string& name) { return {name + "@0=A: 1\n\nx\n", name + "@41=B: 2\n\nFrom y\n"}; }

TEST_F(MessagesTest, FilesInTheOrderGiven) {
    const auto b = write("b", "B: 2\n\n");
    const auto a = write("a", "A: 1\n\n");
    EXPECT_EQ(all({{b, a, path("none"), a}}),
              (Strings{"b=B: 2\n\n", "a=A: 1\n\n", "none!cannot be opened: No such file or directory", "a=A: 1\n\n"}));
}

TEST_F(MessagesTest, MboxAndWhatOnlyBeginsLikeOne) {
    EXPECT_EQ(all({{write("box", box)}}), in_box("box"));
    const std::string one = "From a\nA: 1\n\n>From what\n\nFrom what I hear\n";
    EXPECT_EQ(all({{write("one", one)}}), (Strings{"one=" + one}));
    EXPECT_EQ(all({{write("field", "From : a@x\n\nx")}}), (Strings{"field=From : a@x\n\nx"}));
    EXPECT_EQ(all({{write("empty", "")}}), (Strings{"empty="}));
}

TEST_F(MessagesTest, StandardInputAndPipes) {
    EXPECT_EQ(all({{"-"}}, "A: 1\n\nx"), (Strings{"-=A: 1\n\nx"}));
    EXPECT_EQ(all({{"-"}}, std::string(box)), in_box("-"));
    const std::string longer = "A: 1\n\n" + std::string(200000, 'x');
    EXPECT_EQ(all({{"-"}}, longer), (Strings{"-=" + longer}));
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    ASSERT_EQ(::write(ends[1], box.data(), box.size()), static_cast<ssize_t>(box.size()));
    ::close(ends[1]);
    EXPECT_EQ(all({{"/dev/fd/" + std::to_string(ends[0])}}), in_box("/dev/fd/" + std::to_string(ends[0])));
    ::close(ends[0]);
}

TEST_F(MessagesTest, AFolderSortedAndWithoutCircles) {
    write("t/b", "B: 2\n\n");
    write("t/a/z", "Z: 3\n\n");
    write("t/a/y", box);
    write("t/.dot", "D: 4\n\n");
    write("outside/o", "O: 5\n\n");
    fs::create_symlink("..", root_ / "t/a/up");
    fs::create_symlink("../outside", root_ / "t/c");
    fs::create_symlink("../outside/o", root_ / "t/d");
    Strings expected = in_box("t/a/y");
    expected.insert(expected.end(), {"t/a/z=Z: 3\n\n", "t/b=B: 2\n\n", "t/d=O: 5\n\n"});
    EXPECT_EQ(all({{path("t")}}), expected);
    fs::create_directory_symlink("t", root_ / "link"); // named itself, a link is followed
    EXPECT_EQ(all({{path("link")}}).size(), expected.size());
}

TEST_F(MessagesTest, WhatTheRunWritesIsNoMessage) {
    write("folder/a", "A: 1\n\n");
    const auto output = write("folder/sub/verdicts", "{}\n");
    fs::create_symlink(output, path("folder/link"));
    MessageSources sources{{path("folder")}};
    EXPECT_EQ(all(sources).size(), 3U);
    sources.output = output;
    EXPECT_EQ(all(sources), (Strings{"folder/a=A: 1\n\n"}));
    sources.output = path("folder/none");
    EXPECT_EQ(all(sources).size(), 3U);
}

TEST_F(MessagesTest, AMaildir) {
    write("m/cur/2", "B: 2\n\n");
    write("m/new/1", std::string("From a\n") + std::string(box)); // one message by definition
    write("m/tmp/3", "C: 3\n\n");
    write("m/cur/.nfs", "D: 4\n\n");
    write("m/dovecot.index", "");
    write("m/.Sent/new/4", "E: 5\n\n");
    fs::create_directories(root_ / "m/.Sent/cur");
    fs::create_directories(root_ / "m/cur/sub");
    EXPECT_EQ(all({{path("m")}}),
              (Strings{"m/.Sent/new/4=E: 5\n\n", "m/cur/2=B: 2\n\n", "m/new/1=From a\n" + std::string(box)}));
}

TEST_F(MessagesTest, FoldersAreEnteredToADepth) {
    std::string deep = "deep";
    for (std::size_t i = 0; i < FolderWalk::most_depth; ++i) deep += "/d";
    write(deep + "/in", "A: 1\n\n");
    EXPECT_EQ(all({{path("deep")}}), (Strings{deep + "/in=A: 1\n\n"}));
    write(deep + "/d/out", "B: 2\n\n");
    EXPECT_EQ(all({{path("deep")}}), (Strings{deep + "/d!lies more than 100 folders deep", deep + "/in=A: 1\n\n"}));
}

TEST_F(MessagesTest, Lists) {
    const auto a = write("a", "A: 1\n\n");
    const auto odd = write("b\nc", "B: 2\n\n");
    EXPECT_EQ(all({{}, write("list", "\n" + a + "\n\n" + path("a")), '\n'}), (Strings{"a=A: 1\n\n", "a=A: 1\n\n"}));
    EXPECT_EQ(all({{a}, "-", '\0'}, odd + '\0'), (Strings{"a=A: 1\n\n", "b\nc=B: 2\n\n"}));
    EXPECT_EQ(all({{a}, path("none"), '\n'}),
              (Strings{"a=A: 1\n\n", "none!cannot be opened: No such file or directory"}));
    EXPECT_EQ(all({{}, "-", '\n'}, std::string(70000, 'x')).size(), 2U); // cut into names that no system opens
}

TEST_F(MessagesTest, WhatIsSeveral) {
    const auto several = [](MessageSources sources) {
        std::istringstream in;
        return Messages(std::move(sources), in).are_several();
    };
    const auto one = write("one", "A: 1\n\n");
    EXPECT_FALSE(several({{one}}));
    EXPECT_FALSE(several({{path("none")}}));
    EXPECT_FALSE(several({{write("marked", "From a\nA: 1\n\n")}}));
    EXPECT_TRUE(several({{one, one}}));
    EXPECT_TRUE(several({{write("box", box)}}));
    EXPECT_TRUE(several({{root_.string()}}));
    EXPECT_TRUE(several({{}, "-", '\n'}));
    std::istringstream in;
    Messages ahead({{path("box")}}, in);
    EXPECT_TRUE(ahead.are_several());
    EXPECT_EQ(drain(ahead), in_box("box")); // looking ahead loses nothing
}

} // namespace
} // namespace bonafide::cli
