// A year of mail to one organization, made up: how much of what is forged comes through, how much of what is honest does not, under plain
// DMARC (quarantine and reject honoured as published, all else delivered) and under our judgement with its history.
//     year [--seed N] [--messages-per-day M] [--json] [--explain TEXT]
// The same seed gives the same year on every machine, whatever is delivered of it: only answers, bounces and complaints depend on that.
// --explain prints the evidence of some messages that ours handled wrongly: of the kinds whose name holds TEXT, or all for which TEXT
// ("reject") was suggested. An attacker's harmless preparation is told and counted on no side.
//
// What the world is assumed to be like:
//   ours             200 users at 3 domains (p=quarantine, p=none, no policy); 5 protected users; default lists; about half as much mail out
//                    as in; correspondents known to the judge: domains written to on 3 days or more, told weekly
//   correspondents   200 domains, 2 of them freemail; no policy 35 %, none 30 %, quarantine 15 %, reject 20 %
//   by policy        (no policy, none, quarantine, reject)
//     SPF right      65, 88, 95, 97 %; absent 25, 5, 2, 1 %; the rest lists old hosts or cannot be evaluated; -all for 30, 30, 55, 55 %
//     DKIM, aligned  40, 75, 94, 97 %; a mail cloud signs with a name of its own making for 70 % of its tenants
//     forgotten      a system that neither covers: 30, 30, 15, 10 % of the domains, 8, 8, 4, 3 % of their mail
//     newsletters    40 % of the domains, through bulk mailers; aligned 65, 85, 99, 99 %; 3 % of them under the same name in another TLD
//   sends from       mail clouds 45 %, hosting providers 25 %, own servers 20 %, business lines with a generic name 10 % (a quarter: no name)
//   names            two words, in one case of ten three letters: some are alike by chance
//   honest mail      people 46 %, newsletters 27 %, lists 10 %, forwarded 6 %, suppliers new this year 4 % (2.5 a week; no policy 45 %),
//                    bounces 2.5 %, our services elsewhere 2.5 %, private addresses 1.5 % (1 in 10 a new employer's, 1 in 20 a protected user's), our unregistered
//                    scanners 0.2 %; a signature breaks in passing in 0.3 %; each domain changes its provider once in twenty years, its SPF
//                    follows two weeks late in 30 %, its DKIM in 40 %; some look-up fails for 0.4 % of all mail
//   lists            3 with seals of trusted sealers, 6 without; most change the message; half rewrite From under a strict policy
//   forwarders       13 mailboxes: 7 keep MAIL FROM; they break 2 to 15 % of the signatures; 4 seal and are trusted
//   attacks          15 in 100 messages. Spoofs of ours 12 %, of correspondents 22 %, of strangers 14 %; look-alikes of ours 8 %, of
//                    correspondents 10 %, of new suppliers 3 %; display names 10 %; warmed up and turned 5 %; DKIM replay 5 %; SPF through a
//                    shared cloud 3 % (half of it one that the victim uses too); history poisoning 3 %; forged bounces 3 %; backscatter 2 %
//   attackers send   from botnets without a name 32 %, from lines with a generic name 28 % (of the providers that business lines are at),
//                    with a name that does not resolve back 10 %, from rented hosts 13 %, from hosts with a name of their own 9 %,
//                    through an account at a bulk mailer or mail cloud 8 %; 3 % of the spoofs by way of a forwarder;
//                    who imitates correspondents writes to their contacts in half of it
//   people           report 3 % of the attacks and 0.05 % of the newsletters that they get; rescue 10 % of the honest mail from junk
#include "verdict/compauth.hpp"
#include "verdict/lessons.hpp"
#include "verdict/memory_ledger.hpp"
#include "year_attacks.hpp"
#include "year_tally.hpp"
#include "year_traffic.hpp"
#include "year_world.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <fmt/format.h>
#include <set>
#include <span>
#include <string_view>
#include <tuple>

namespace bonafide::year {
namespace {

constexpr std::int32_t first_day = Traffic::first_day;
constexpr double attack_share = 0.15;

struct Options {
    std::uint64_t seed = 1;
    std::uint64_t messages_per_day = 400;
    bool json = false;
    std::string explain; ///< empty: nothing
};

std::uint64_t now_in_nanoseconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec);
}

class Year {
  public:
    explicit Year(Options options)
        : options_(std::move(options)), world_(options_.seed * 4 + 1),
          traffic_(world_, options_.seed * 4 + 2, suffixes_), attacks_(world_, traffic_, options_.seed * 4 + 3),
          random_(options_.seed * 4 + 4) {
        tally_.seed = options_.seed;
    }

    const Tally& run() {
        const auto messages = static_cast<double>(options_.messages_per_day);
        for (std::int32_t day = first_day; day < first_day + Traffic::days; ++day) {
            if ((day - first_day) % 7 == 0) rebuild_lists(day);
            Traffic::Day honest = traffic_.day(day, messages * (1 - attack_share));
            std::vector<Mail> in = attacks_.day(day, messages * attack_share);
            std::ranges::move(honest.in, std::back_inserter(in));
            std::ranges::sort(in, {}, [](const Mail& mail) {
                return std::tie(mail.at, mail.kind, mail.recipients, mail.letter.message_id, mail.client.address);
            });
            std::ranges::sort(honest.out, {}, [](const Sent& sent) { return std::tie(sent.at, sent.message_id); });
            auto out = honest.out.begin();
            for (Mail& mail : in) {
                for (; out != honest.out.end() && out->at <= mail.at; ++out) send(*out);
                take(mail);
            }
            for (; out != honest.out.end(); ++out) send(*out);
            ledger_.learn(words_); // people read the mail of the day in the evening
            words_.clear();
        }
        tally_.pasts = ledger_.size();
        return tally_;
    }

  private:
    void rebuild_lists(std::int32_t day) {
        constexpr std::size_t enough = 3;
        std::vector<verdict::ListEntry> entries;
        const auto add = [&](verdict::ListName list, std::string text) {
            entries.push_back({list, std::move(text), {}, {}});
        };
        for (const std::string& domain : world_.domains) add(verdict::ListName::accepted_domains, domain);
        for (const std::string_view one : verdict::default_sealers()) add(verdict::ListName::sealers, std::string(one));
        for (const std::string_view one : verdict::default_shared_infrastructure())
            add(verdict::ListName::shared_infrastructure, std::string(one));
        for (std::size_t i = 0; i < World::protected_users; ++i) {
            const Person& user = world_.users[i];
            std::string entry = fmt::format("{} <{}>", user.name, user.address);
            const std::string local = user.address.substr(0, user.address.find('@'));
            if (i % 2 == 0) entry += fmt::format(", <{}77@freemail.example>, <{}77@postbox.example>", local, local);
            add(verdict::ListName::protected_users, std::move(entry));
        }
        std::vector<std::string> correspondents;
        for (const auto& [domain, on] : written_to_)
            if (on.size() >= enough) correspondents.push_back(domain);
        lists_ = verdict::build_lists(entries, correspondents, day * std::int64_t{86400}, suffixes_);
    }

    void send(const Sent& sent) {
        verdict::Facts facts;
        facts.direction = verdict::Direction::submitted;
        facts.now = sent.at;
        facts.envelope.mail_from = sent.from;
        facts.envelope.recipients = {sent.to};
        facts.letter.message_id = sent.message_id;
        ledger_.learn(verdict::lessons_of(facts, {}, suffixes_));
        written_to_[sent.to.substr(sent.to.rfind('@') + 1)].insert(verdict::day_of(sent.at));
    }

    [[nodiscard]] verdict::Judgement judge(const verdict::Facts& facts, const verdict::History& history,
                                           const verdict::AuthorHosts& hosts, Cost& cost) const {
        const verdict::Knowledge knowledge{hosts, {}, history, *lists_, suffixes_, weights_, thresholds_};
        const std::uint64_t begin = now_in_nanoseconds();
        verdict::Judgement judgement = verdict::judge(facts, knowledge);
        cost.nanoseconds += now_in_nanoseconds() - begin;
        ++cost.calls;
        return judgement;
    }

    void take(Mail& mail) {
        constexpr double failing = 0.004;
        if (random_.chance(failing)) mail.trouble = static_cast<Trouble>(random_.between(1, 4));
        const verdict::Facts facts = receive(mail, world_.zone, suffixes_);
        const std::vector<verdict::PastKey> keys = verdict::keys_of(facts, suffixes_);
        const verdict::AuthorHosts& hosts = verdict::needs_author_hosts(facts, suffixes_)
                                                ? author_hosts(world_.zone, facts.author.domain)
                                                : author_hosts(world_.zone, {});
        const verdict::History history = ledger_.read(keys);
        const verdict::Judgement judgement = judge(facts, history, hosts, tally_.with_history);
        static_cast<void>(judge(facts, {}, hosts, tally_.without_history));
        tally_.count(mail, facts, judgement);
        const std::vector<verdict::Lesson> lessons = verdict::lessons_of(facts, judgement, suffixes_);
        ledger_.learn(lessons);
        react(mail, lessons, judgement);
        explain(mail, facts, judgement);
    }

    /// What people do with it.
    void react(const Mail& mail, const std::vector<verdict::Lesson>& lessons, const verdict::Judgement& judgement) {
        constexpr double reports = 0.03, tires = 0.0005, rescues = 0.1;
        const Side side = row_of(mail.kind).side;
        const bool delivered = Tally::ours_delivers(judgement);
        const bool junked = judgement.suggestion == verdict::Suggestion::junk;
        const double whim = random_.unit(); // one for each message, whatever became of it
        if (delivered && side == Side::legitimate) traffic_.delivered(mail, whim);
        const double reporting = side == Side::attack ? reports : mail.kind == Kind::newsletter ? tires : 0;
        const bool spam = delivered && whim < reporting;
        const bool ham = junked && side == Side::legitimate && whim < rescues;
        if (!spam && !ham) return;
        ++(ham ? tally_.words_ham : tally_.words_spam);
        for (const verdict::Lesson& lesson : lessons)
            if (verdict::takes_feedback(lesson.key.kind))
                words_.push_back(
                    {lesson.key, {.day = verdict::day_of(mail.at), .ham = ham ? 1U : 0U, .spam = spam ? 1U : 0U}});
    }

    void explain(const Mail& mail, const verdict::Facts& facts, const verdict::Judgement& judgement) {
        constexpr std::size_t examples = 1, rest = 40; // the first, then one of so many
        const KindRow& kind = row_of(mail.kind);
        const bool asked =
            kind.name.contains(options_.explain) || options_.explain == verdict::to_text(judgement.suggestion);
        if (options_.explain.empty() || !asked) return;
        if (kind.side == Side::preparation || (kind.side == Side::attack) != Tally::ours_delivers(judgement)) return;
        if (explained_++ % rest >= examples && options_.explain != "reject") return;
        fmt::print("{} on day {}: {} <{}@{}> to {} from {} ({}), {} {}: {}\n  score {:.1f}: {}\n", kind.name,
                   verdict::day_of(mail.at) - first_day, mail.from.display_name, mail.from.local_part, mail.from.domain,
                   mail.recipients.front(), mail.client.name, mail.client.address.text(), to_text(judgement.result),
                   verdict::reason_text(judgement.reason), judgement.why, judgement.score,
                   verdict::to_text(judgement.suggestion));
        fmt::print("  SPF {} for {}, DMARC {}\n", spf::to_text(facts.spf.value->result), facts.spf.value->domain,
                   facts.dmarc.value->policy ? dmarc::to_text(*facts.dmarc.value->policy) : "absent");
        for (const verdict::Evidence& one : judgement.evidence)
            fmt::print("    {:+.1f} {}: {}\n", one.points, one.signal, one.text);
    }

    Options options_;
    dns::PublicSuffixList suffixes_ = dns::PublicSuffixList::system();
    World world_;
    Traffic traffic_;
    Attacks attacks_;
    Random random_;
    verdict::MemoryLedger ledger_;
    verdict::Weights weights_;
    verdict::Thresholds thresholds_;
    std::shared_ptr<const verdict::Lists> lists_;
    std::map<std::string, std::set<std::int32_t>> written_to_; ///< days by domain
    std::vector<verdict::Lesson> words_;
    std::size_t explained_ = 0;
    Tally tally_;
};

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
    return value;
}

std::optional<Options> parse(std::span<char*> arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view name = arguments[i];
        if (name == "--json") {
            options.json = true;
            continue;
        }
        if (i + 1 == arguments.size()) return {};
        const std::string_view value = arguments[++i];
        if (name == "--explain") {
            options.explain = value;
            continue;
        }
        const auto read = number(value);
        if (!read || (name != "--seed" && name != "--messages-per-day")) return {};
        (name == "--seed" ? options.seed : options.messages_per_day) = *read;
    }
    return options;
}

} // namespace
} // namespace bonafide::year

int main(int argc, char** argv) {
    const auto options = bonafide::year::parse({argv + 1, static_cast<std::size_t>(argc - 1)});
    if (!options) {
        fmt::print(stderr, "usage: year [--seed N] [--messages-per-day M] [--json] [--explain TEXT]\n");
        return 2;
    }
    bonafide::year::Year year(*options);
    const bonafide::year::Tally& tally = year.run();
    fmt::print("{}\n", options->json ? tally.json() : tally.text());
    return 0;
}
