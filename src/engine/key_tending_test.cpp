#include "base/test_folder.hpp"
#include "dns/zone.hpp"
#include "engine/key_maintenance.hpp"
#include "engine/key_tending.hpp"
#include "engine/server_key_dns.hpp"
#include "sign/published.hpp"

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace bonafide::engine {
namespace {

using crypto::KeyType;
using sign::State;

constexpr sign::Times times{.settle = 1000, .overlap = 5000, .rotate_every = 50000, .forget = 100000};

/// Records as files in a folder, so that what a process that was killed had published is still there.
class FileDns final : public KeyDns {
  public:
    FileDns(std::string folder, bool takes_updates) : folder_(std::move(folder)), takes_updates_(takes_updates) {
        std::filesystem::create_directories(folder_);
    }
    [[nodiscard]] std::optional<std::string> text(const std::string& name) const {
        std::ifstream file(folder_ + "/" + name, std::ios::binary);
        if (!file) return {};
        return std::string{std::istreambuf_iterator<char>(file), {}};
    }
    void put(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ + "/" + name + ".new", std::ios::binary) << text;
        std::filesystem::rename(folder_ + "/" + name + ".new", folder_ + "/" + name);
    }
    [[nodiscard]] sign::Sight look(const sign::Key& key, const std::string& domain) override {
        dns::AnswerData answer;
        const auto found = text(sign::record_name(key.selector, domain));
        answer.status = silent ? dns::Status::timeout : found ? dns::Status::ok : dns::Status::nx_domain;
        if (found) answer.txt.push_back(*found);
        return sign::combine(key, std::array{sign::compare(key, domain, answer, Limits{})});
    }
    [[nodiscard]] bool publishes() const override { return takes_updates_; }
    [[nodiscard]] Expected<void> publish(const sign::Record& record) override {
        if (refuses) return failure("the server refused");
        put(record.name, record.text);
        return {};
    }
    bool silent = false, refuses = false;

  private:
    std::string folder_;
    bool takes_updates_;
};

class KeyTending : public ::testing::Test {
  protected:
    KeyTending() { EXPECT_TRUE(folder.create()); }

    std::string add(State state = State::generated) {
        sign::Key row;
        row.created = row.changed = now;
        row.state = state;
        return *folder.add("example.org", *crypto::PrivateKey::generate(KeyType::ed25519), row);
    }
    KeyTender tender(KeyDns& servers) {
        return {.folder = folder, .dns = servers, .times = times, .now = now, .tell = [this](const KeyEvent& event) {
                    told += std::string(event.name) + " " + event.selector + "; ";
                }};
    }
    std::string pass(KeyDns& servers) {
        told.clear();
        const auto done = tend(tender(servers), "example.org");
        return done ? told : done.error().text;
    }
    sign::Ring ring() { return *folder.ring("example.org"); }
    State state(const std::string& selector) { return ring().find(selector)->state; }

    TestFolder place;
    io::KeyFolder folder{place.at("keys")};
    FileDns dns{place.at("dns"), true};
    std::int64_t now = 1'795'400'000;
    std::string told;
};

TEST_F(KeyTending, FromTheFirstKeyToItsEnd) {
    const std::string first = add();
    EXPECT_EQ(pass(dns), "key.published " + first + "; key.shown " + first + "; ");
    EXPECT_EQ(*dns.text(first + "._domainkey.example.org"), sign::record_text(ring().keys[0]));
    EXPECT_EQ(pass(dns), "");
    now += 1000;
    EXPECT_EQ(pass(dns), "key.activated " + first + "; ");
    now += 50000;
    const std::string second = first + "2";
    EXPECT_EQ(pass(dns), "key.generated " + second + "; key.published " + second + "; key.shown " + second + "; ");
    now += 1000;
    EXPECT_EQ(pass(dns), "key.activated " + second + "; key.retiring " + first + "; ");
    now += 5000;
    EXPECT_EQ(pass(dns), "key.revoked " + first + "; key.revoked " + first + "; key.shown " + first + "; ");
    EXPECT_EQ(*dns.text(first + "._domainkey.example.org"), "v=DKIM1; k=ed25519; p=");
    EXPECT_TRUE(std::filesystem::exists(place.at("keys/example.org/" + first + ".pem")));
    EXPECT_EQ(state(second), State::active);
}

TEST_F(KeyTending, ByHand) {
    FileDns hand(place.at("dns"), false);
    const std::string key = add();
    EXPECT_EQ(pass(hand), "key.wanted " + key + "; ");
    EXPECT_EQ(state(key), State::generated);
    hand.put(key + "._domainkey.example.org", sign::record_text(ring().keys[0]));
    EXPECT_EQ(pass(hand), "key.published " + key + "; key.shown " + key + "; ");
}

TEST_F(KeyTending, TroubleIsToldAndTriedAgain) {
    const std::string key = add();
    dns.silent = true;
    EXPECT_EQ(pass(dns), "key.trouble " + key + "; ");
    dns.silent = false;
    dns.refuses = true;
    EXPECT_EQ(pass(dns), "key.trouble " + key + "; ");
    EXPECT_EQ(state(key), State::generated);
    dns.refuses = false;
    EXPECT_EQ(pass(dns), "key.published " + key + "; key.shown " + key + "; ");
    now -= 10;
    EXPECT_EQ(pass(dns), "key.trouble ; "); // the clock
}

TEST_F(KeyTending, AKeyWhoseFileIsGoneDoesNotTakeOver) {
    const std::string first = add();
    (void)pass(dns);
    now += 1000;
    const std::string pem = place.at("keys/example.org/" + first + ".pem");
    std::filesystem::rename(pem, pem + ".away");
    EXPECT_EQ(pass(dns), "key.trouble " + first + "; ");
    EXPECT_EQ(state(first), State::published);
    std::filesystem::rename(pem + ".away", pem);
    EXPECT_EQ(pass(dns), "key.activated " + first + "; ");
}

TEST_F(KeyTending, APassEndsWhenItIsToldTo) {
    (void)add();
    bool ends = true;
    KeyTender one = tender(dns);
    one.is_ending = [&] { return ends; };
    EXPECT_TRUE(tend(one, "example.org"));
    EXPECT_EQ(told, "");
    ends = false;
    EXPECT_TRUE(tend(one, "example.org"));
    EXPECT_NE(told, "");
}

TEST_F(KeyTending, TwoPassesAtOnceMakeOneSuccessor) {
    const std::string first = add(State::active);
    dns.put(first + "._domainkey.example.org", sign::record_text(ring().keys[0]));
    now += 50000;
    KeyTender one = tender(dns);
    bool other_ran = false;
    one.moment = [&](std::string_view moment) {
        if (moment != "make-key" || std::exchange(other_ran, true)) return;
        EXPECT_TRUE(tend(tender(dns), "example.org"));
    };
    EXPECT_TRUE(tend(one, "example.org"));
    EXPECT_TRUE(other_ran);
    EXPECT_EQ(ring().keys.size(), 2U);
}

TEST_F(KeyTending, ASuccessorIsAsLongAndAsTestedAsItsForerunner) {
    sign::Key row{.selector = "long"};
    row.created = row.changed = now;
    row.state = State::active;
    row.testing = true;
    ASSERT_TRUE(folder.add("example.org", *crypto::PrivateKey::generate(KeyType::rsa, 3072), row));
    now += 50000;
    (void)pass(dns);
    ASSERT_EQ(ring().keys.size(), 2U);
    EXPECT_EQ(ring().keys[1].bits, 3072U);
    EXPECT_TRUE(ring().keys[1].testing);
}

TEST_F(KeyTending, ADomainWithoutKeysHasNothingToDo) {
    EXPECT_EQ(pass(dns), "");
    EXPECT_FALSE(std::filesystem::exists(place.at("keys/example.org")));
    EXPECT_TRUE(tend(tender(dns), "../etc").error().text.contains("is no domain name"));
}

TEST_F(KeyTending, WhenAPassIsDue) {
    EXPECT_FALSE(is_due({.domain = "example.org"}, now, times));
    const auto due = [&](State state, std::int64_t changed, std::optional<std::int64_t> shown = {}) {
        sign::Key key;
        key.state = state;
        key.changed = changed;
        key.shown_since = shown;
        return is_due({.domain = "example.org", .keys = {key}, .last_pass = now}, now, times);
    };
    EXPECT_TRUE(due(State::generated, now));
    EXPECT_TRUE(due(State::published, now));
    EXPECT_FALSE(due(State::active, now - 49999));
    EXPECT_TRUE(due(State::active, now - 50000));
    EXPECT_FALSE(due(State::retiring, now - 4999));
    EXPECT_TRUE(due(State::retiring, now - 5000));
    EXPECT_TRUE(due(State::revoked, now));
    EXPECT_FALSE(due(State::revoked, now, now));
    sign::Key retiring{.selector = "s1"}; // its successor is looked at now and then
    retiring.state = State::retiring;
    retiring.changed = now;
    EXPECT_FALSE(is_due({.domain = "example.org", .keys = {retiring}, .last_pass = now - 3599}, now, times));
    EXPECT_TRUE(is_due({.domain = "example.org", .keys = {retiring}, .last_pass = now - 3600}, now, times));
    EXPECT_TRUE(is_due({.domain = "example.org", .last_pass = now + 1}, now, times)); // the clock went back
}

/// kill -9 before and after each thing that is done, through a whole rotation: the state is true every time, and the next pass goes on.
TEST_F(KeyTending, KilledAtEachMoment) {
    const std::string first = add();
    int kills = 0;
    bool rotated = false;
    for (const std::int64_t wait : {0, 1000, 50000, 1000, 5000, 100000, 0}) {
        now += wait;
        for (int at = 1;; ++at) {
            const pid_t child = ::fork();
            ASSERT_GE(child, 0);
            if (child == 0) {
                int left = at;
                KeyTender dying = tender(dns);
                dying.moment = [&](std::string_view) {
                    if (--left == 0) ::raise(SIGKILL);
                };
                ::_exit(tend(dying, "example.org") ? 0 : 1);
            }
            int status = 0;
            ::waitpid(child, &status, 0);
            const auto after = folder.ring("example.org");
            ASSERT_TRUE(after) << after.error().text;
            for (const sign::Key& key : after->keys) {
                ASSERT_TRUE(folder.private_key("example.org", key.selector)) << key.selector;
                if (key.state == State::active || key.state == State::published || key.state == State::retiring)
                    ASSERT_EQ(dns.text(sign::record_name(key.selector, "example.org")), sign::record_text(key))
                        << sign::to_text(key.state);
            }
            if (const sign::Key* signing = after->active(KeyType::ed25519); signing != nullptr)
                rotated = rotated || signing->selector != first;
            if (WIFEXITED(status)) {
                ASSERT_EQ(WEXITSTATUS(status), 0);
                break;
            }
            ++kills;
        }
    }
    EXPECT_GT(kills, 15);
    EXPECT_TRUE(rotated);
    EXPECT_EQ(folder.ring("example.org")->find(first), nullptr); // forgotten at the end
}

TEST(KeyMaintenance, Interval) {
    Settings settings;
    EXPECT_EQ(KeyMaintenance::interval(settings), std::chrono::minutes(10));
    settings.signing.reload = std::chrono::hours(2);
    EXPECT_EQ(KeyMaintenance::interval(settings), std::chrono::hours(1));
}

TEST(ServerKeyDns, SettingsThatCannotBeUsed) {
    const TestFolder place;
    Settings settings;
    const auto refusal = [&] {
        const auto opened = ServerKeyDns::open(settings, *dns::Zone::parse("{}"));
        return opened ? "none" : opened.error().text;
    };
    EXPECT_EQ(refusal(), "none");
    settings.publish.server = "ns.example:53";
    EXPECT_EQ(refusal(), "publish.server: \"ns.example:53\" is no IP address with a port");
    settings.publish.server = "127.0.0.1:53";
    EXPECT_EQ(refusal(), "none");
    settings.publish.tsig = place.write("key", "key k { algorithm hmac-sha256; secret \"AAAA\"; };");
    std::filesystem::permissions(settings.publish.tsig, std::filesystem::perms(0644));
    EXPECT_TRUE(refusal().contains("others have access (mode 0644)")) << refusal();
    std::filesystem::permissions(settings.publish.tsig, std::filesystem::perms(0640));
    EXPECT_EQ(refusal(), "none");
    std::ofstream(settings.publish.tsig) << "nothing";
    EXPECT_TRUE(refusal().contains("holds no TSIG key")) << refusal();
    settings.publish.tsig = place.at("none");
    EXPECT_TRUE(refusal().contains("No such file")) << refusal();
}

TEST(ServerKeyDns, WhenServersAreMeant) {
    Settings settings;
    EXPECT_TRUE(ServerKeyDns::is_meant(settings));
    settings.dns.zone = "zone.json";
    EXPECT_FALSE(ServerKeyDns::is_meant(settings));
    settings.publish.authoritative = {"192.0.2.1"};
    EXPECT_TRUE(ServerKeyDns::is_meant(settings));
}

} // namespace
} // namespace bonafide::engine
