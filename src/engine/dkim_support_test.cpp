// Which passing signatures speak for the author: keys in test mode (D11) and bodies signed in part (D14) by settings.
#include "dkim/test_signer.hpp"
#include "engine/test_transaction.hpp"

namespace bonafide::engine {
namespace {

using namespace testing_engine;

struct Row {
    std::string name;
    std::string_view tags, flags; ///< of the signature; of its key record
    bool testing_supports, partial_supports;
    dmarc::Result result;
    std::uint64_t unsigned_bytes;
};

class DkimSupportTest : public TransactionTest {
  protected:
    /// A message from a client that SPF refuses, so that DMARC hangs on the signature alone.
    Finished verified(const Row& row) {
        const crypto::PrivateKey& key = dkim::testing::ed25519_key();
        auto parsed = dns::Zone::parse(std::string(zone_text) + "s._domainkey TXT \"k=ed25519; " +
                                       std::string(row.flags) + "p=" + dkim::testing::public_text(key) + "\"\n");
        EXPECT_TRUE(parsed) << parsed.error().text;
        zone = *parsed;
        context.source = std::make_shared<dns::ImmediateSource>(*zone);
        auto settings = std::make_shared<Settings>();
        settings->dkim.testing_supports_dmarc = row.testing_supports;
        settings->dkim.partial_body_supports_dmarc = row.partial_supports;
        context.settings = settings;
        const dkim::testing::Message message =
            dkim::testing::sign({"From: Ann <ann@example.com>\r\n", "Hello.\r\n"},
                                "v=1; a=ed25519-sha256; d=example.com; s=s; h=from" + std::string(row.tags), key);
        const mail::HeaderBlock header = dkim::testing::read_header(message.header);
        Connection connection(context);
        connection.open(peer("203.0.113.9"));
        Transaction transaction(connection);
        transaction.mail("<ann@example.com>", {});
        for (std::size_t i = 0; i < header.size(); ++i) transaction.header(header[i].name, header[i].value);
        transaction.end_of_header();
        transaction.body(message.body);
        return end(transaction);
    }
};

TEST_F(DkimSupportTest, SettingsDecideWhatAPassIsWorth) {
    using enum dmarc::Result;
    const Settings::Dkim defaults;
    const bool by_default_testing = defaults.testing_supports_dmarc;
    const bool by_default_partial = defaults.partial_body_supports_dmarc;
    const Row rows[] = {
        {"whole body", "", "", by_default_testing, by_default_partial, pass, 0},
        {"D14 l= covers all", "; l=8", "", by_default_testing, by_default_partial, pass, 0},
        {"D14 l= leaves bytes unsigned", "; l=6", "", by_default_testing, by_default_partial, fail, 2},
        {"D14 l=0", "; l=0", "", by_default_testing, by_default_partial, fail, 8},
        {"D14 allowed by the setting", "; l=6", "", by_default_testing, true, pass, 2},
        {"D11 t=y", "", "t=y; ", by_default_testing, by_default_partial, pass, 0},
        {"D11 t=y, not by the setting", "", "t=y; ", false, by_default_partial, fail, 0},
    };
    for (const Row& row : rows) {
        const Finished finished = verified(row);
        ASSERT_EQ(finished.facts.dkim.size(), 1U) << row.name;
        EXPECT_EQ(finished.facts.dkim[0].result, dkim::Result::pass) << row.name << finished.facts.dkim[0].reason;
        EXPECT_EQ(finished.facts.dkim[0].unsigned_bytes, row.unsigned_bytes) << row.name;
        ASSERT_TRUE(finished.facts.dmarc.value) << row.name;
        EXPECT_EQ(to_text(finished.facts.dmarc.value->result), to_text(row.result)) << row.name;
        EXPECT_EQ(finished.facts.dmarc.value->dkim_aligned, row.result == pass) << row.name;
    }
}

} // namespace
} // namespace bonafide::engine
