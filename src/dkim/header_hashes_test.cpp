#include "dkim/header_hashes.hpp"

#include <gtest/gtest.h>

namespace bonafide::dkim {
namespace {

TEST(HeaderHashes, KeptAndStoodInFor) {
    mail::HeaderBlock header;
    header.add_raw("DKIM-Signature: b=x");
    header.add_raw("From: ann@example.com");
    const HeaderIndex index(header);
    const SignedFields fields{{"from"}, 0, {3, 4}, Canonicalization::relaxed};
    const crypto::Sha256Digest digest = hash_header(index, fields);

    HeaderHashes kept;
    EXPECT_EQ(hash_header(index, fields, &kept), digest);
    EXPECT_EQ(hash_header(index, fields, nullptr), digest);
    const std::vector<HeaderHashes::Kept> all{{0, Canonicalization::relaxed, digest}};
    EXPECT_EQ(kept.all(), all);
    EXPECT_TRUE(kept.unknown().empty());

    mail::HeaderBlock redacted;
    redacted.add_raw("DKIM-Signature: b=x");
    redacted.add_raw("From: user1@example.com");
    const HeaderIndex other(redacted);
    HeaderHashes known(all);
    EXPECT_EQ(hash_header(other, fields, &known), digest);
    SignedFields unknown = fields;
    unknown.kind = Canonicalization::simple;
    EXPECT_EQ(hash_header(other, unknown, &known), crypto::Sha256Digest{}); // fits no signature
    EXPECT_EQ(known.unknown(), std::vector<std::size_t>{0});
}

} // namespace
} // namespace bonafide::dkim
