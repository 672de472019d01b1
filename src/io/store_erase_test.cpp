// Forgetting a person: nothing of it is left in the file.
#include "io/store_connection.hpp"
#include "io/store_fixture.hpp"
#include "io/store_names.hpp"

#include <algorithm>

namespace bonafide::io::store {
namespace {

class StoreEraseTest : public StoreTest {
  protected:
    static constexpr std::string_view ann = "ann.private@a.example";
    static constexpr std::string_view joann = "joann.private@a.example";

    [[nodiscard]] Hash term(std::string_view text) const { return hash_of_term(database_.secret(), text); }
    void write(std::string id, std::string_view author, std::string_view recipient) {
        Message one = message(std::move(id), noon);
        one.author = author;
        one.recipient = recipient;
        one.document = fmt::format(R"({{"mail_from":"{}","recipients":["{}"]}})", author, recipient);
        one.transcript = fmt::format("[\"{}\"]", author);
        one.terms = {term(author), term(recipient), term("a.example")};
        Increment contact = good(term(author) ^ term(recipient), today);
        contact.kind = verdict::PastKind::contact;
        contact.people = {term(author), term(recipient)};
        one.told = {contact, good(5, today)};
        Batch all = batch(one.told);
        all.messages.push_back(one);
        ASSERT_TRUE(database_.write(all, {}));
    }
    [[nodiscard]] bool anywhere(std::string_view text) const {
        return (bytes(ledger()) + bytes(ledger() + "-wal")).find(text) != std::string::npos;
    }
    [[nodiscard]] Database::Erased erase(std::string_view address) {
        const auto erased = database_.erase(address, {noon, "root", "erase", "one address", "asked by letter"});
        EXPECT_TRUE(erased) << erased.error().text;
        return erased.value_or(Database::Erased{});
    }

    Database database_ = open();
};

TEST_F(StoreEraseTest, LeavesNoTraceAndNobodyElseLosesAnything) {
    for (int i = 0; i < 300; ++i) write(fmt::format("x{}", i), fmt::format("other{}@a.example", i), "bob@ours.example");
    for (int i = 0; i < 60; ++i) write(fmt::format("a{}", i), ann, "bob@ours.example");
    write("to", "bob@ours.example", ann);
    write("jo", joann, "bob@ours.example");
    ASSERT_TRUE(database_.feedback("x1", ann, true, noon, {}));
    ASSERT_TRUE(database_.feedback("x1", "bob", true, noon, {}));
    ASSERT_TRUE(
        database_.put_list({"allow-pairs", std::string(ann) + ", *", "", {}, noon, "root"},
                           {noon, "root", "lists add", std::string(ann) + ", *", "Ann.Private@A.example asked"}));
    ASSERT_TRUE(database_.put_list(
        {"block-pairs", "evil.example, *", "reported by " + std::string(ann), {}, noon, "root"}, audit("lists add")));
    ASSERT_TRUE(database_.put_list({"sealers", "list.example to=" + std::string(ann), "", {}, noon, "root"},
                                   audit("lists add")));
    ASSERT_TRUE(database_.put_list({"sealers", "ours.example", "", {}, noon, std::string(ann)}, audit("lists add")));
    ASSERT_TRUE(database_.put_list({"sealers", "b.example to=" + std::string(joann), "", {}, noon, "root"},
                                   audit("lists add")));
    ASSERT_TRUE(anywhere("ann.private@a.example"));

    const Database::Erased erased = erase(" Ann.Private@a.example");
    EXPECT_EQ(erased.histories, 1U);
    EXPECT_EQ(erased.messages, 61U);
    EXPECT_EQ(erased.feedback, 1U);
    EXPECT_EQ(erased.list_rows, 2U);

    EXPECT_EQ(database_.messages({.most = 1000})->size(), 301U);
    EXPECT_EQ(database_.messages({.term = term("a.example"), .most = 1000})->size(), 301U);
    EXPECT_EQ(database_.statistics()->histories, 302U);
    EXPECT_EQ(database_.lists()->size(), 3U);
    EXPECT_EQ((*database_.message("x1"))->feedback.size(), 1U);
    EXPECT_TRUE(database_.check());

    std::string all = bytes(ledger()) + bytes(ledger() + "-wal");
    for (std::size_t at = 0; (at = all.find("joann.private@", at)) != std::string::npos;) all.replace(at, 5, "-----");
    EXPECT_EQ(all.find("ann.private@"), std::string::npos);
    EXPECT_EQ(all.find("Ann.Private@"), std::string::npos);
    const auto trail = database_.audit(1000);
    EXPECT_EQ(trail->front().action, "erase");
    const auto added = std::ranges::find(*trail, "(erased), *", &AuditRow::what);
    ASSERT_NE(added, trail->end());
    EXPECT_EQ(added->why, "(erased) asked");
    const auto lists = database_.lists();
    const auto block = std::ranges::find(*lists, "evil.example, *", &ListRow::entry);
    ASSERT_NE(block, lists->end()) << "an entry stays in force though its note named the person";
    EXPECT_EQ(block->note, "reported by (erased)");
}

TEST_F(StoreEraseTest, APersonIsFoundByLoginNameAndInHashedForm) {
    write("x1", "other@a.example", "bob@ours.example");
    Message local = message("x2", noon);
    local.terms = {term("annika"), hash_of_person(database_.secret(), "annika")};
    ASSERT_TRUE(database_.write(batch(local), {}));
    Message host = message("x3", noon);
    host.terms = {term("annika")}; // a host, a queue id
    ASSERT_TRUE(database_.write(batch(host), {}));
    const std::string hashed = hashed_name(database_.secret(), ann);
    for (const std::string& by : {std::string("annika"), hashed_name(database_.secret(), "annika"), hashed,
                                  std::string("annikas"), std::string("annika@a.example")})
        ASSERT_TRUE(database_.feedback("x1", by, true, noon, {}));
    ASSERT_TRUE(database_.put_list({"sealers", "a.example", "annika and Annika asked", {}, noon, "Annika"},
                                   {noon, "annika", "lists add", "annika, *", "annika asked"}));
    const Database::Erased erased = erase("Annika");
    EXPECT_EQ(erased.messages, 1U);
    EXPECT_EQ(erased.feedback, 2U);
    EXPECT_EQ(erased.list_rows, 0U);
    EXPECT_EQ(erased.audit_rows, 3U) << "two words of feedback and an entry of a list";
    EXPECT_EQ(database_.lists()->front().added_by, "(erased)");
    EXPECT_EQ(database_.lists()->front().note, "annika and Annika asked") << "a word of a sentence may mean another";
    EXPECT_EQ(erase(ann).feedback, 1U);
    EXPECT_FALSE(anywhere(hashed));
    EXPECT_EQ((*database_.message("x1"))->feedback.size(), 2U) << "annikas and annika@a.example are others";
    EXPECT_TRUE(database_.message("x3").value());
    EXPECT_TRUE(erase("Annika").nothing());
    EXPECT_TRUE(erase("a.example").nothing()) << "a domain is nobody";
}

TEST_F(StoreEraseTest, WhatRetentionDeletedIsOverwrittenToo) {
    for (int i = 0; i < 50; ++i) write(fmt::format("a{}", i), ann, "bob@ours.example");
    const std::int64_t later = noon + Retention{}.messages + 1;
    while (database_.prune({}, later).value()) {}
    ASSERT_EQ(database_.statistics()->messages, 0U);
    (void)erase(ann);
    EXPECT_FALSE(anywhere("ann.private@"));
}

TEST_F(StoreEraseTest, OthersAreToldWhatIsGone) {
    Database daemon = open(Database::Mode::existing);
    write("a", ann, "bob@ours.example");
    (void)erase(ann);
    const auto changes = daemon.poll();
    ASSERT_TRUE(changes);
    EXPECT_EQ(changes->histories, (std::vector<Hash>{term(ann) ^ term("bob@ours.example")}));
}

TEST_F(StoreEraseTest, TooManyToNameIsEverything) {
    Database daemon = open(Database::Mode::existing);
    for (const std::uint64_t count : {1000U, 1001U}) {
        Batch all;
        for (Hash key = 1; key <= count; ++key) {
            all.increments.push_back(good(key, today));
            all.increments.back().people = {term(ann)};
        }
        ASSERT_TRUE(database_.write(all, {}));
        EXPECT_EQ(erase(ann).histories, count);
        const auto changes = daemon.poll();
        ASSERT_TRUE(changes);
        EXPECT_EQ(changes->everything, count > 1000);
        EXPECT_EQ(changes->histories.size(), count > 1000 ? 0U : count);
    }
}

TEST_F(StoreEraseTest, SaysWhenTheLogCouldNotBeEmptied) {
    Database impatient = open(Database::Mode::existing, std::chrono::milliseconds(20));
    write("a", ann, "bob@ours.example");
    auto other = sqlite::Connection::open(ledger(), sqlite::Connection::Access::read_only, std::chrono::seconds(1));
    ASSERT_TRUE(other);
    {
        const auto reading = sqlite::Transaction::begin(*other, sqlite::Transaction::For::reading);
        ASSERT_EQ(other->number("SELECT count(*) FROM messages").value_or(0), 1);
        const auto erased = impatient.erase(ann, audit("erase"));
        ASSERT_FALSE(erased);
        EXPECT_NE(erased.error().text.find("do it again"), std::string::npos);
    }
    EXPECT_TRUE(impatient.erase(ann, audit("erase")));
    EXPECT_FALSE(anywhere("ann.private@"));
}

TEST_F(StoreEraseTest, OfNobodyIsAnError) { EXPECT_FALSE(database_.erase("  ", audit("erase"))); }

} // namespace
} // namespace bonafide::io::store
