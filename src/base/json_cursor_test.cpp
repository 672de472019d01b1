#include "base/json_cursor.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide {
namespace {

/// The whole value passed over.
bool is_json(std::string_view text) {
    JsonCursor cursor(text);
    cursor.skip();
    return cursor.finished();
}

TEST(JsonCursor, ReadsWhatIsAskedForAndPassesOverTheRest) {
    JsonCursor cursor(R"( {"a":[1,-2,3], "other":{"a":[[{}],"]"]}, "b":"x\"y", "c":true,"n":null,"d":1.5e1} )");
    std::vector<std::int64_t> numbers;
    std::string text;
    bool flag = false;
    double number = 0;
    cursor.object([&](std::string_view key) {
        if (key == "a") cursor.array([&] { numbers.push_back(cursor.whole()); });
        if (key == "b") text = cursor.text();
        if (key == "c") flag = cursor.flag();
        if (key == "d") number = cursor.number();
    });
    EXPECT_TRUE(cursor.finished());
    EXPECT_EQ(numbers, (std::vector<std::int64_t>{1, -2, 3}));
    EXPECT_EQ(text, "x\"y");
    EXPECT_TRUE(flag);
    EXPECT_EQ(number, 15);
}

TEST(JsonCursor, NullIsNothingOfAnyType) {
    JsonCursor cursor("[null,null,null,null,null,null]");
    std::size_t elements = 0;
    cursor.array([&] {
        switch (elements++) {
        case 0: EXPECT_EQ(cursor.text(), ""); break;
        case 1: EXPECT_EQ(cursor.whole(), 0); break;
        case 2: EXPECT_FALSE(cursor.flag()); break;
        case 3: EXPECT_EQ(cursor.number(), 0); break;
        case 4: cursor.object([](std::string_view) { FAIL(); }); break;
        default: cursor.array([] { FAIL(); });
        }
    });
    EXPECT_EQ(elements, 6U);
    EXPECT_TRUE(cursor.finished());
}

TEST(JsonCursor, Escapes) {
    const auto text_of = [](std::string_view json) {
        JsonCursor cursor(json);
        std::string text(cursor.text());
        return cursor.finished() ? text : "refused";
    };
    EXPECT_EQ(text_of(R"("\" \\ \/ \b\f\n\r\t")"), "\" \\ / \b\f\n\r\t");
    EXPECT_EQ(text_of(R"("\u0041\u00e9\u20ac\ud83d\ude00\u0000")"),
              std::string("A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\0", 11));
    EXPECT_EQ(text_of(R"("a\\")"), "a\\");
    for (const char* bad : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\u00g0")", R"("\u00")", R"("\x")",
                            "\"\\\"", "\"", "", "1", "\"a\"b"})
        EXPECT_EQ(text_of(bad), "refused") << bad;
}

TEST(JsonCursor, RefusesWhatIsNoJson) {
    for (const char* good : {"1", "-0.5", "[]", "{}", "[[],{}]", R"({"a":null})", " true ", "false"})
        EXPECT_TRUE(is_json(good)) << good;
    for (const char* bad :
         {"",      "[",        "]",     "{",   "[1",  "[1,", "[1,]", "{,}", R"({"a"})", R"({"a":})", R"({"a":1,})",
          "{1:2}", "{null:2}", "[1 2]", "nul", "tru", "1x",  "--1",  "[}",  "1 1",      R"({"a" 1})"})
        EXPECT_FALSE(is_json(bad)) << bad;
}

TEST(JsonCursor, AnotherTypeIsRefused) {
    for (const char* json : {"1", "{}", "[]", "true"}) {
        JsonCursor cursor(json);
        EXPECT_EQ(cursor.text(), "");
        EXPECT_TRUE(cursor.failed()) << json;
    }
    for (const char* json : {"1.5", "\"1\"", "99999999999999999999", "1e2"}) {
        JsonCursor cursor(json);
        EXPECT_EQ(cursor.whole(), 0);
        EXPECT_TRUE(cursor.failed()) << json;
    }
}

TEST(JsonCursor, ManyNumbersAtOnce) {
    const auto read = [](std::string_view json) {
        JsonCursor cursor(json);
        std::array<std::int64_t, 3> numbers{};
        const std::size_t count = cursor.wholes(numbers);
        std::string text = cursor.finished() ? "" : "refused ";
        for (std::size_t i = 0; i < count; ++i) text += std::to_string(numbers[i]) + ';';
        return text;
    };
    EXPECT_EQ(read("[1,-2,3]"), "1;-2;3;");
    EXPECT_EQ(read("[0]"), "0;");
    EXPECT_EQ(read("[ 1 , 2 ]"), "1;2;");
    EXPECT_EQ(read("[]"), "");
    EXPECT_EQ(read("null"), "");
    EXPECT_EQ(read("[9223372036854775807,-9223372036854775808]"), "9223372036854775807;-9223372036854775808;");
    for (const char* bad :
         {"[1,2,3,4]", "[1,2", "[1,", "[", "[-]", "[1,]", "[1.5]", "[true]", "[9223372036854775808]", "1"})
        EXPECT_TRUE(read(bad).starts_with("refused")) << bad;
}

TEST(JsonCursor, DepthAndCountsAreBounded) {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    EXPECT_TRUE(is_json(nested(JsonCursor::most_depth)));
    EXPECT_FALSE(is_json(nested(JsonCursor::most_depth + 1)));
    const auto many = [](std::size_t count) {
        std::string text = "[1";
        while (--count > 0) text += ",1";
        return text + ']';
    };
    EXPECT_TRUE(is_json(many(JsonCursor::most_elements)));
    EXPECT_FALSE(is_json(many(JsonCursor::most_elements + 1)));
}

TEST(JsonCursor, AFailureSticks) {
    JsonCursor cursor("[1,x,2]");
    std::size_t elements = 0;
    cursor.array([&] {
        ++elements;
        static_cast<void>(cursor.whole());
    });
    EXPECT_EQ(elements, 2U);
    EXPECT_TRUE(cursor.failed());
    EXPECT_EQ(cursor.whole(), 0);
    EXPECT_FALSE(cursor.finished());
}

} // namespace
} // namespace bonafide
