// The engine over a small zone, for tests: a source that answers at once, one that answers only when told to, a past that does either.
#pragma once

#include "dns/zone.hpp"
#include "engine/transaction.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <string>

namespace bonafide::engine::testing_engine {

inline constexpr std::string_view zone_text = R"(
$ORIGIN example.com.
@              TXT  "v=spf1 ip4:192.0.2.1 -all"
_dmarc         TXT  "v=DMARC1; p=reject"
mx             A    192.0.2.1
1.2.0.192.in-addr.arpa.  PTR mx.example.com.
)";

/// Answers from a zone, but only when told to: every question waits in a queue.
class LateSource final : public dns::AsyncSource {
  public:
    explicit LateSource(std::shared_ptr<const dns::Zone> zone) : zone_(std::move(zone)) {}
    dns::Answer try_now(const dns::Question& question) override {
        return at_hand.contains(question.name) ? zone_->answer(question) : nullptr;
    }
    void ask(dns::Question question, Done done) override { waiting.emplace_back(std::move(question), std::move(done)); }
    void deliver(std::size_t index) {
        auto [question, done] = std::move(waiting.at(index));
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(index));
        done(fails_with ? dns::make_answer(*fails_with) : zone_->answer(question));
    }
    std::deque<std::pair<dns::Question, Done>> waiting;
    std::set<std::string> at_hand;         ///< names whose records are told at once
    std::optional<dns::Status> fails_with; ///< every question, whatever the zone says

  private:
    std::shared_ptr<const dns::Zone> zone_;
};

/// Remembers what was asked and answers when told to, or at once.
class FakeHistory final : public HistorySource {
  public:
    std::shared_ptr<void> read(std::vector<verdict::PastKey> keys,
                               std::function<void(verdict::History)> done) override {
        asked = std::move(keys);
        ++reads;
        verdict::History found = answer;
        std::erase_if(found.pasts,
                      [&](const verdict::Past& past) { return std::ranges::find(asked, past.key) == asked.end(); });
        if (at_once) {
            done(std::move(found));
            return nullptr;
        }
        auto ticket = std::make_shared<std::function<void(verdict::History)>>(std::move(done));
        waiting = ticket;
        return ticket;
    }
    /// False when the asker has let go.
    bool deliver() {
        const auto done = waiting.lock();
        if (done) (*done)(answer);
        return done != nullptr;
    }
    verdict::History answer;
    std::vector<verdict::PastKey> asked;
    std::weak_ptr<std::function<void(verdict::History)>> waiting;
    int reads = 0;
    bool at_once = false;
};

class TransactionTest : public testing::Test {
  protected:
    TransactionTest() {
        auto parsed = dns::Zone::parse(zone_text);
        EXPECT_TRUE(parsed) << parsed.error().text;
        zone = *parsed;
        immediate = std::make_shared<dns::ImmediateSource>(*zone);
        late = std::make_shared<LateSource>(zone);
        context.settings = std::make_shared<Settings>();
        context.suffixes = std::make_shared<dns::PublicSuffixList>(dns::PublicSuffixList::system());
        context.host_name = "mx.receiver.example";
        context.source = immediate;
        context.clock.steady = [this] { return now; };
        context.clock.unix_time = [] { return 1795255200; };
    }
    static Peer peer(std::string_view address = "192.0.2.1") {
        return {ip::Address::parse(address), 40000, "mx.example.com", "smtpd", {}};
    }
    static void send(Transaction& message, std::string_view authenticated = {}) {
        message.mail("<ann@example.com>", authenticated);
        message.rcpt("<bob@receiver.example>");
        message.header("From", " Ann <ann@example.com>");
        message.header("Authentication-Results", " mx.receiver.example; dmarc=pass header.from=bank.example");
        message.header("Subject", " hello");
        message.end_of_header();
        message.body("Hello.\r\n");
    }
    /// Ends the message, gives all answers that are still waited for, and takes what comes out.
    Finished end(Transaction& message) {
        std::optional<Finished> finished;
        message.end([&](Finished f) { finished = std::move(f); });
        while (!late->waiting.empty()) late->deliver(0);
        EXPECT_TRUE(finished);
        return finished ? std::move(*finished) : Finished{};
    }
    static std::vector<std::size_t> removed_by(const policy::Decision& decision) {
        std::vector<std::size_t> positions;
        for (const policy::HeaderEdit& edit : decision.edits)
            if (edit.kind == policy::HeaderEdit::Kind::remove) positions.push_back(edit.position);
        return positions;
    }
    std::shared_ptr<const dns::Zone> zone;
    std::shared_ptr<dns::ImmediateSource> immediate;
    std::shared_ptr<LateSource> late;
    std::chrono::steady_clock::time_point now{};
    Context context;
};

} // namespace bonafide::engine::testing_engine
