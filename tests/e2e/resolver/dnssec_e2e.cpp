// DNSSEC behind servers that pass signatures on, and behind one that does not.
#include "asker.hpp"
#include "name_server.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace bonafide::e2e {
namespace {

using dns::Dnssec;
using dns::Status;
using Validation = io::Resolver::Validation;
using Strings = std::vector<std::string>;

const std::string plain_text =
    "$ORIGIN signed.example.\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 120\n@ NS ns\nns A 127.0.0.1\n"
    "good TXT \"as signed\"\nforged TXT \"original\"\nalias CNAME good\n";
const std::string other_text = "$ORIGIN other.example.\n$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 120\n@ NS "
                               "ns\nns A 127.0.0.1\nhost TXT \"other\"\n";

class DnssecAnswers : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        signed_ = new SignedZone(sign_zone("signed.example", plain_text));
        const std::size_t at = signed_->text.find("\"original\"");
        ASSERT_NE(at, std::string::npos);
        signed_->text.replace(at, 10, "\"tampered\"");
    }
    static void TearDownTestSuite() { delete signed_; }

    io::ResolverSettings settings(const NameServer& server) {
        io::ResolverSettings result;
        result.servers = {server.v4()};
        result.trust_anchor = folder_.write("anchor", signed_->anchor);
        result.probe_timeout = std::chrono::seconds(20); // a loaded machine
        return result;
    }

    static SignedZone* signed_;
    Folder folder_;
};
SignedZone* DnssecAnswers::signed_ = nullptr;

TEST_F(DnssecAnswers, SignaturesPassedOn) {
    const NameServer server({{"signed.example", signed_->text}, {"other.example", other_text}});
    Asker asker(settings(server));
    EXPECT_EQ(asker.resolver->stats().validation, Validation::probing);

    const dns::Answer good = asker.ask("good.signed.example");
    EXPECT_EQ(good->status, Status::ok);
    EXPECT_EQ(good->dnssec, Dnssec::secure);
    EXPECT_EQ(asker.resolver->stats().validation, Validation::on);

    const dns::Answer alias = asker.ask("alias.signed.example");
    EXPECT_EQ(alias->dnssec, Dnssec::secure);
    EXPECT_TRUE(alias->aliased);

    const dns::Answer absent = asker.ask("absent.signed.example");
    EXPECT_EQ(absent->status, Status::nx_domain);
    EXPECT_EQ(absent->dnssec, Dnssec::secure);

    const dns::Answer forged = asker.ask("forged.signed.example");
    EXPECT_EQ(forged->status, Status::bogus);
    EXPECT_EQ(forged->dnssec, Dnssec::bogus);
    EXPECT_TRUE(forged->txt.empty());
    EXPECT_TRUE(forged->temporary());
    EXPECT_EQ(asker.resolver->stats().bogus, 1U);

    // RFC 4035 4.3: no trust anchor says anything about this part of the tree.
    const dns::Answer other = asker.ask("host.other.example");
    EXPECT_EQ(other->status, Status::ok);
    EXPECT_EQ(other->dnssec, Dnssec::indeterminate);
}

TEST_F(DnssecAnswers, SignaturesStripped) {
    const NameServer server({{"signed.example", plain_text}});
    Asker asker(settings(server));
    const dns::Answer good = asker.ask("good.signed.example");
    EXPECT_EQ(good->status, Status::ok);
    EXPECT_EQ(good->dnssec, Dnssec::indeterminate);
    EXPECT_EQ(asker.resolver->stats().validation, Validation::stripped);
    EXPECT_EQ(asker.ask("absent.signed.example")->status, Status::nx_domain);
    EXPECT_EQ(asker.resolver->stats().bogus, 0U);
}

TEST_F(DnssecAnswers, SwitchedOff) {
    const NameServer server({{"signed.example", signed_->text}});
    io::ResolverSettings off = settings(server);
    off.dnssec = false;
    Asker asker(off);
    const dns::Answer forged = asker.ask("forged.signed.example");
    EXPECT_EQ(forged->status, Status::ok);
    EXPECT_EQ(forged->dnssec, Dnssec::indeterminate);
    EXPECT_EQ(asker.resolver->stats().validation, Validation::off);
}

TEST_F(DnssecAnswers, FirstQuestionsWaitForTheProbeOnlySoLong) {
    NameServer server({{"signed.example", signed_->text}});
    server.stop();
    io::ResolverSettings quick = settings(server);
    quick.probe_timeout = std::chrono::milliseconds(200);
    quick.timeout = std::chrono::milliseconds(1000);
    Asker asker(quick);
    EXPECT_TRUE(asker.ask("good.signed.example")->temporary());
    EXPECT_EQ(asker.resolver->stats().validation, Validation::stripped);
}

} // namespace
} // namespace bonafide::e2e
