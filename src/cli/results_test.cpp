#include "cli/progress.hpp"
#include "cli/queue.hpp"
#include "cli/results.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>
#include <unistd.h>

namespace bonafide::cli {
namespace {

class ResultsTest : public testing::Test {
  protected:
    ResultsTest() {
        std::string name = testing::TempDir() + "results_test.XXXXXX";
        const int descriptor = ::mkstemp(name.data());
        ::close(descriptor);
        file_ = name;
    }
    ~ResultsTest() override { std::remove(file_.c_str()); }

    [[nodiscard]] Expected<EarlierResults> read(std::string_view content, ResultForm form) const {
        std::ofstream(file_, std::ios::binary | std::ios::trunc) << content;
        return read_results(file_, form);
    }

    std::string file_;
};

const MessageName names[] = {
    {"a"},    {"a", 0}, {"a", 5},         {"a:5"},   {"a\\x3a5"}, {"a:b"},   {"a\tb"},
    {"a\nb"}, {"\xff"}, {"\xef\xbf\xbd"}, {"\\xff"}, {"\"{"},     {"a", 55}, {"a:5", 5},
};

TEST(ResultName, IsOneForEachMessage) {
    std::vector<std::string> seen;
    for (const MessageName& name : names) {
        const std::string text = to_text(name);
        EXPECT_EQ(text.find_first_of("\t\n"), std::string::npos) << text;
        EXPECT_EQ(std::ranges::count(seen, text), 0) << text;
        seen.push_back(text);
    }
    EXPECT_EQ(to_text({"box", 17}), "box:17");
    EXPECT_EQ(to_text({"box:17"}), "box\\x3a17");
    EXPECT_EQ(to_text({std::string(10000, 'a')}).size(), 10000U);
}

TEST_F(ResultsTest, WhatIsWrittenIsRemembered) {
    for (const ResultForm form : {ResultForm::text, ResultForm::json}) {
        std::string content;
        for (const MessageName& name : names) content += error_line(name, "why", form);
        const auto whole = read(content, form);
        ASSERT_TRUE(whole) << whole.error().text;
        EXPECT_EQ(whole->bytes, content.size());
        EXPECT_EQ(whole->tally.count("error"), std::size(names));
        for (const MessageName& name : names) EXPECT_TRUE(whole->messages.contains(to_text(name))) << name.file;
        EXPECT_FALSE(whole->messages.contains("b"));
        const auto cut = read(content.substr(0, content.size() - 1), form);
        ASSERT_TRUE(cut);
        EXPECT_EQ(cut->tally.total(), std::size(names) - 1);
        EXPECT_EQ(cut->bytes, content.rfind('\n', content.size() - 2) + 1);
        EXPECT_FALSE(cut->messages.contains(to_text(names[std::size(names) - 1])));
    }
}

TEST_F(ResultsTest, TheTallyOfVerdicts) {
    const auto json =
        read("{\"file\":\"a\",\"dmarc\":{\"result\":\"pass\"}}\n{\"file\":\"b\",\"offset\":3,\"dmarc\":null}\n"
             "{\"file\":\"c\",\"dmarc\":{\"result\":null}}\n",
             ResultForm::json);
    ASSERT_TRUE(json) << json.error().text;
    EXPECT_EQ(json->tally.to_text(), "pass 1, unknown 2");
    EXPECT_TRUE(json->messages.contains("b:3"));
    const auto text = read("a\tfail\tx\nb\tfail\ty\n", ResultForm::text);
    ASSERT_TRUE(text);
    EXPECT_EQ(text->tally.to_text(), "fail 2");
}

TEST_F(ResultsTest, WhatIsNone) {
    for (const char* content : {"x\n", "\n", "{}\n", "[]\n", "{\"file\":1}\n", "{\"file\":\"a\"}\n",
                                "{\"file\":\"a\",\"offset\":-1,\"error\":\"x\"}\n",
                                "{\"file\":\"a\",\"file_base64\":\"*\",\"error\":\"x\"}\n",
                                "{\"file\":\"a\",\"dmarc\":{\"result\":\"odd\"}}\n"}) {
        const auto read_back = read(content, ResultForm::json);
        ASSERT_FALSE(read_back) << content;
        EXPECT_EQ(read_back.error().text, "line 1 is none that verify --json writes");
    }
    EXPECT_FALSE(read("a\tpass\tx\nb\tpass\n", ResultForm::text));
    EXPECT_FALSE(read(std::string(17 << 20, 'x') + "\n", ResultForm::text)); // a line past the bound is not held
    EXPECT_EQ(read("", ResultForm::json)->bytes, 0U);
    EXPECT_EQ(read("{\"file\"", ResultForm::json)->bytes, 0U);
    EXPECT_EQ(read_results(file_ + ".none", ResultForm::json)->bytes, 0U);
    EXPECT_FALSE(read_results("/", ResultForm::json));
}

TEST(ProgressLine, SaysHowFarAndHowLong) {
    EXPECT_EQ(progress_line({.done = 500, .total = 1000, .seconds = 2}, 200),
              "[============>           ]  50% 500 of 1000, 250/s, 2 s left");
    EXPECT_EQ(progress_line({.done = 500, .before = 400, .total = 1000, .seconds = 1}, 200),
              "[============>           ]  50% 500 of 1000, 100/s, 5 s left");
    EXPECT_EQ(progress_line({.done = 10, .seconds = 4}, 200), "10 messages, 2/s");
    EXPECT_EQ(progress_line({.total = 0}, 200), "[>                       ]   0% 0 of 0, 0/s");
    EXPECT_EQ(progress_line({.done = 3, .total = 2, .seconds = 1}, 200), "[========================] 100% 3 of 2, 3/s");
    EXPECT_EQ(progress_line({.done = 1, .total = 100001, .seconds = 1}, 200).substr(32),
              "1 of 100001, 1/s, 27 h 46 min left");
    EXPECT_EQ(progress_line({.done = 1, .total = 126, .seconds = 1}, 200).substr(32), "1 of 126, 1/s, 2 min 05 s left");
    EXPECT_EQ(progress_line({.done = 500, .total = 1000, .seconds = 2}, 10).size(), 10U);
}

TEST(Queue, HandsOverInOrderAndWaitsForRoom) {
    Queue<int> queue(2);
    std::vector<int> taken;
    std::thread taker([&] {
        while (const auto number = queue.pop()) taken.push_back(*number);
    });
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(queue.push(i));
    queue.close();
    taker.join();
    ASSERT_EQ(taken.size(), 1000U);
    EXPECT_TRUE(std::ranges::is_sorted(taken));
    EXPECT_FALSE(queue.try_pop());
}

TEST(Queue, AbandonedItLetsEveryoneGo) {
    Queue<int> queue(1);
    EXPECT_TRUE(queue.push(1));
    std::thread bringer([&] { EXPECT_FALSE(queue.push(2)); });
    queue.abandon();
    bringer.join();
    EXPECT_FALSE(queue.pop());
    EXPECT_FALSE(queue.push(3));
}

} // namespace
} // namespace bonafide::cli
