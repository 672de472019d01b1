#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace bonafide::base64 {
namespace {

Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

std::string decoded(std::string_view text) {
    const auto result = decode(text);
    return result ? std::string(result->begin(), result->end()) : "error: " + result.error().text;
}

TEST(Base64, Rfc4648Section10) {
    constexpr std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                         {"f", "Zg=="},
                                                                         {"fo", "Zm8="},
                                                                         {"foo", "Zm9v"},
                                                                         {"foob", "Zm9vYg=="},
                                                                         {"fooba", "Zm9vYmE="},
                                                                         {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : vectors) {
        EXPECT_EQ(encode(bytes(plain)), coded);
        EXPECT_EQ(decoded(coded), plain);
    }
}

TEST(Base64, AllBytesRoundTrip) {
    Bytes all;
    for (int i = 0; i < 256; ++i) {
        EXPECT_EQ(decode(encode(all)), all) << i;
        all.push_back(static_cast<std::uint8_t>(255 - i));
    }
}

TEST(Base64, Rfc6376WhiteSpaceAnywhere) {
    EXPECT_EQ(decoded(" Z\r\n\tm 9v YmF\ty "), "foobar");
    EXPECT_EQ(decoded("Zg=\r\n ="), "f");
    EXPECT_EQ(decoded("Zm9vYmFyZm9v\r\n YmFyZm9vYmFy"), "foobarfoobarfoobar");
    EXPECT_EQ(decoded(" \r\n\t"), "");
}

TEST(Base64, PaddingMayLackOrExceed) {
    EXPECT_EQ(decoded("Zg"), "f");
    EXPECT_EQ(decoded("Zg="), "f");
    EXPECT_EQ(decoded("Zm8"), "fo");
    EXPECT_EQ(decoded("Zm9v="), "foo"); // RFC 6376 2.10 allows it by its grammar
    EXPECT_EQ(decoded("Zh=="), "f");    // unused bits
}

struct BadBase64 {
    std::string_view text;
    std::size_t position;
    std::string_view why;
};

TEST(Base64, Errors) {
    constexpr BadBase64 cases[] = {
        {"Zm9*", 3, "not a base64 character"},
        {"Zm9vZm9v-A==", 8, "not a base64 character"},
        {"Zg==Zg==", 4, "base64 data after its padding"},
        {"Zg=a", 3, "base64 data after its padding"},
        {"Z", 1, "base64 text of impossible length"},
        {"Zm9vY", 5, "base64 text of impossible length"},
        {"Zm9v===", 7, "base64 text of impossible length"},
        {"=", 1, "base64 text of impossible length"},
        {"Zm\xff"
         "9v",
         2, "not a base64 character"},
    };
    for (const auto& [text, position, why] : cases) {
        const auto result = decode(text);
        ASSERT_FALSE(result.has_value()) << text;
        EXPECT_EQ(result.error().text, why) << text;
        EXPECT_EQ(result.error().position, position) << text;
    }
}

} // namespace
} // namespace bonafide::base64
