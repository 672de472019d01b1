#include "io/socketmap.hpp"

#include <gtest/gtest.h>

namespace bonafide::io::socketmap {
namespace {

std::string read(std::string_view bytes) {
    const auto cut_off = cut(bytes);
    if (!cut_off) return "! " + cut_off.error().text;
    if (cut_off->bytes == 0) return "...";
    return fmt::format("{} {}|{}", cut_off->bytes, cut_off->request.map, cut_off->request.key);
}

TEST(Socketmap, Requests) {
    EXPECT_EQ(read("27:srs_forward ann@example.org,"), "31 srs_forward|ann@example.org");
    EXPECT_EQ(read("5:a b c,7:x"), "8 a|b c");
    EXPECT_EQ(read("2:a ,"), "5 a|");
    EXPECT_EQ(read("3:a\n ,"), "6 a\n|");
    EXPECT_EQ(read(write(MapRequest{"srs_reverse", "x@y"})), "19 srs_reverse|x@y");
}

TEST(Socketmap, HalfARequestWaits) {
    const std::string whole = write(MapRequest{"srs_forward", "ann@example.org"});
    for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_EQ(read(std::string_view(whole).substr(0, i)), "...") << i;
}

TEST(Socketmap, OtherProtocolsAreToldApart) {
    EXPECT_EQ(read("get ann@example.org\n"), "! no netstring");
    EXPECT_EQ(read(":"), "! no netstring");
    EXPECT_EQ(read("03:a b,"), "! no netstring");
    EXPECT_EQ(read("-3:a b,"), "! no netstring");
    EXPECT_EQ(read("3:a b;"), "! netstring without its comma");
    EXPECT_EQ(read("3:abc,"), "! request without a key");
    EXPECT_EQ(read("0:,"), "! request without a key");
}

TEST(Socketmap, LengthIsBounded) {
    const auto of = [](std::size_t length) { return fmt::format("{}:a {},", length, std::string(length - 2, 'x')); };
    const std::string fits = of(most_map_request_bytes - 6), past = of(most_map_request_bytes - 5);
    EXPECT_EQ(fits.size(), most_map_request_bytes);
    EXPECT_NE(read(fits), "! request too long");
    EXPECT_EQ(read(past), "! request too long");
    EXPECT_EQ(read("8187:"), "! request too long"); // before its bytes come
    EXPECT_EQ(read("99999"), "! request too long");
}

TEST(Socketmap, Answers) {
    using Kind = MapAnswer::Kind;
    EXPECT_EQ(write(MapAnswer{Kind::found, "ann@example.org"}), "18:OK ann@example.org,");
    EXPECT_EQ(write(MapAnswer{Kind::not_found, ""}), "9:NOTFOUND ,");
    EXPECT_EQ(write(MapAnswer{Kind::temporary, "later"}), "10:TEMP later,");
    EXPECT_EQ(write(MapAnswer{Kind::permanent, "no such map"}), "16:PERM no such map,");
}

} // namespace
} // namespace bonafide::io::socketmap
