#include "base/latin1.hpp"

#include <gtest/gtest.h>

namespace bonafide::latin1 {
namespace {

TEST(Latin1, EveryByteComesBack) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
    EXPECT_EQ(to_bytes(to_utf8(bytes)), bytes);
    EXPECT_EQ(to_utf8("a\xff"), "a\xc3\xbf");
}

TEST(Latin1, WhatIsNoByteIsRefused) {
    for (const char* text : {"\xc4\x80", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xc3"})
        EXPECT_FALSE(to_bytes(text)) << text;
}

} // namespace
} // namespace bonafide::latin1
