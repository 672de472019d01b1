// Fills a ledger with the mail of the simulated year (year.cpp), judged with the history it had when it came and kept as the daemon keeps it, so
// that `bonafide whatif` can be measured over it (docs/performance.md).
//   whatif_fill FILE [MESSAGES [COPIES [SEED]]]     e.g. whatif_fill /tmp/year.db 1000000 10; the file must not be there yet
// The year has MESSAGES / COPIES messages; the copies follow, each 400 days after the one before (their documents stay in their year).
#include "engine/ledger_entry.hpp"
#include "engine/settings.hpp"
#include "io/store_connection.hpp"
#include "io/store_sqlite.hpp"
#include "verdict/compauth.hpp"
#include "verdict/memory_ledger.hpp"
#include "year_attacks.hpp"
#include "year_traffic.hpp"
#include "year_world.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace bonafide::year {
namespace {

constexpr double attack_share = 0.1;

[[noreturn]] void give_up(std::string_view why) {
    fmt::print(stderr, "whatif_fill: {}\n", why);
    std::exit(1);
}

/// What the simulation leaves out since judging does not read it, but what a real message has.
void furnish(verdict::Facts& facts, const Mail& mail, std::uint64_t number) {
    facts.envelope.client_name = mail.client.name;
    facts.envelope.helo = mail.client.name.empty() ? "localhost.localdomain" : mail.client.name;
    facts.letter.subject = fmt::format("Re: minutes of the {}th meeting and what is left to do", number % 100);
    if (facts.letter.message_id.empty())
        facts.letter.message_id =
            fmt::format("{:016x}.{:08x}@{}", number * 0x9e3779b97f4a7c15U, number, mail.from.domain);
    if (facts.spf.value) {
        facts.spf.value->record = "v=spf1 ip4:192.0.2.0/24 include:_spf.provider.example -all";
        facts.spf.value->lookups = 3;
        if (facts.spf.value->result == spf::Result::pass) facts.spf.value->mechanism = "include:_spf.provider.example";
        if (facts.spf.value->cause.text.empty())
            facts.spf.value->cause.text =
                fmt::format("{} is permitted by include:_spf.provider.example in the record of {}",
                            mail.client.address.text(), facts.spf.value->domain);
    }
    for (dkim::SignatureResult& one : facts.dkim) {
        one.selector = "selector1";
        one.algorithm = "rsa-sha256";
        one.canonicalization = "relaxed/relaxed";
        one.identity = "@" + one.domain;
        one.key_bits = 2048;
        one.signature_start = one.fingerprint.substr(0, 8);
        one.signed_headers = {"from", "to", "subject", "date", "message-id", "mime-version", "content-type", "list-id"};
    }
    if (facts.dmarc.value && facts.dmarc.value->policy) {
        auto& record = facts.dmarc.value->record.emplace();
        record.p = *facts.dmarc.value->policy;
        record.text = fmt::format("v=DMARC1; p={}; rua=mailto:dmarc@{}; fo=1", dmarc::to_text(record.p),
                                  facts.dmarc.value->author_domain);
        record.rua = {"mailto:dmarc@" + facts.dmarc.value->author_domain};
    }
}

class Fill {
  public:
    Fill(const std::string& file, std::uint64_t messages, std::uint64_t seed)
        : messages_(messages), world_(seed * 4 + 1), traffic_(world_, seed * 4 + 2, suffixes_),
          attacks_(world_, traffic_, seed * 4 + 3), random_(seed * 4 + 4) {
        auto database = io::store::Database::open(file, io::store::Database::Mode::create);
        if (!database) give_up(database.error().text);
        database_.emplace(std::move(*database));
        settings_.lists.accepted_domains = world_.domains;
        settings_.ledger.subjects = true;
    }

    void run() {
        const double a_day = static_cast<double>(messages_) / Traffic::days;
        for (std::int32_t day = Traffic::first_day; written_ < messages_; ++day) {
            if ((day - Traffic::first_day) % 7 == 0) rebuild_lists(day);
            Traffic::Day honest = traffic_.day(day, a_day * (1 - attack_share));
            std::vector<Mail> in = attacks_.day(day, a_day * attack_share);
            std::ranges::move(honest.in, std::back_inserter(in));
            std::ranges::sort(in, {}, [](const Mail& mail) { return std::tie(mail.at, mail.letter.message_id); });
            for (const Sent& sent : honest.out) send(sent);
            for (const Mail& mail : in) take(mail);
            if (day % 10 == 0) fmt::print(stderr, "{} of {}\n", written_, messages_);
        }
        write();
    }

    /// All that is there once more, so many times.
    void copy(const std::string& file, std::uint64_t copies) {
        database_.reset();
        using io::store::sqlite::Connection;
        auto connection = Connection::open(file, Connection::Access::read_write, std::chrono::seconds(5));
        if (!connection) give_up(connection.error().text);
        for (std::uint64_t i = 1; i < copies; ++i) {
            auto done = connection->run(
                "INSERT INTO messages SELECT number + ?1 * ?2, id || '-' || ?1, time + ?1 * 400 * 86400, direction, "
                "author,"
                " author_domain, infrastructure, recipient, compauth, reason, dmarc, dmarc_policy, suggestion, action,"
                " sealer, spoof, internal, terms, told, document_bytes, document, packed FROM messages"
                " WHERE number <= ?2",
                {static_cast<std::int64_t>(i), static_cast<std::int64_t>(messages_)});
            if (!done) give_up(done.error().text);
            fmt::print(stderr, "copy {}\n", i);
        }
    }

  private:
    void rebuild_lists(std::int32_t day) {
        lists_ = verdict::build_lists(engine::configured_lists(settings_), {}, day * std::int64_t{86400}, suffixes_);
    }

    void send(const Sent& sent) {
        verdict::Facts facts;
        facts.direction = verdict::Direction::submitted;
        facts.now = sent.at;
        facts.envelope.mail_from = sent.from;
        facts.envelope.recipients = {sent.to};
        facts.letter.message_id = sent.message_id;
        ledger_.learn(verdict::lessons_of(facts, {}, suffixes_));
    }

    void take(const Mail& mail) {
        if (written_ == messages_) return;
        engine::Finished finished;
        finished.facts = receive(mail, world_.zone, suffixes_);
        furnish(finished.facts, mail, written_);
        finished.history = ledger_.read(verdict::keys_of(finished.facts, suffixes_));
        if (verdict::needs_author_hosts(finished.facts, suffixes_))
            finished.author_hosts = author_hosts(world_.zone, finished.facts.author.domain);
        finished.judgement = verdict::judge(finished.facts, {finished.author_hosts, finished.upstream, finished.history,
                                                             *lists_, suffixes_, weights_, thresholds_});
        finished.decision =
            policy::decide(finished.facts, &*finished.judgement, {}, {.authserv_id = "mx.ours.example"});
        const std::vector<verdict::Lesson> lessons =
            verdict::lessons_of(finished.facts, *finished.judgement, suffixes_);
        ledger_.learn(lessons);
        if (random_.unit() < 0.2) traffic_.delivered(mail, random_.unit());
        const std::string id = fmt::format("{:08x}", written_);
        batch_.messages.push_back(engine::make_message(finished, id, fmt::format("4X{:08X}", written_), lessons,
                                                       {secret_, settings_, *lists_, suffixes_, "mx.ours.example"}));
        ++written_;
        constexpr std::size_t at_once = 5000;
        if (batch_.messages.size() == at_once) write();
    }

    void write() {
        io::store::Retention retention;
        retention.most_messages = UINT64_MAX >> 1U;
        if (auto done = database_->write(batch_, retention); !done) give_up(done.error().text);
        batch_ = {};
    }

    std::uint64_t messages_;
    dns::PublicSuffixList suffixes_ = dns::PublicSuffixList::system();
    World world_;
    Traffic traffic_;
    Attacks attacks_;
    Random random_;
    verdict::MemoryLedger ledger_;
    verdict::Weights weights_;
    verdict::Thresholds thresholds_;
    std::shared_ptr<const verdict::Lists> lists_;
    engine::Settings settings_;
    io::store::Secret secret_{1, 2, 3};
    std::optional<io::store::Database> database_;
    io::store::Batch batch_;
    std::uint64_t written_ = 0;
};

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) give_up("a number was expected");
    return value;
}

} // namespace
} // namespace bonafide::year

int main(int argc, char** argv) {
    using namespace bonafide::year;
    if (argc < 2) give_up("usage: whatif_fill FILE [MESSAGES [COPIES [SEED]]]");
    const std::uint64_t copies = argc > 3 ? number(argv[3]) : 10;
    if (copies == 0) give_up("at least one copy");
    Fill fill(argv[1], (argc > 2 ? number(argv[2]) : 1'000'000) / copies, argc > 4 ? number(argv[4]) : 1);
    fill.run();
    fill.copy(argv[1], copies);
    return 0;
}
