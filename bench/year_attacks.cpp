#include "year_attacks.hpp"

#include "dns/idna.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

namespace bonafide::year {
namespace {

constexpr std::int64_t seconds_a_day = 86400;

Kind by_policy(Kind absent, const std::optional<dmarc::Policy>& policy) {
    return static_cast<Kind>(static_cast<std::size_t>(absent) + (policy ? static_cast<std::size_t>(*policy) + 1 : 0));
}

std::uint8_t octet(std::size_t value) { return static_cast<std::uint8_t>(value & 0xFF); }

} // namespace

Attacks::Attacks(World& world, Traffic& traffic, std::uint64_t seed)
    : world_(world), traffic_(traffic), random_(seed), owed_(rows().size()) {}

const std::vector<Attacks::Row>& Attacks::rows() {
    static const std::vector<Row> all{
        {0.12, &Attacks::spoof_ours},     {0.22, &Attacks::spoof_known},     {0.14, &Attacks::spoof_stranger},
        {0.08, &Attacks::look_like_ours}, {0.10, &Attacks::look_like_known}, {0.03, &Attacks::look_like_supplier},
        {0.10, &Attacks::borrow_name},    {0.05, &Attacks::warm_up},         {0.05, &Attacks::replay},
        {0.03, &Attacks::use_cloud},      {0.03, &Attacks::poison},          {0.03, &Attacks::forge_bounces},
        {0.02, &Attacks::scatter},
    };
    return all;
}

std::vector<Mail> Attacks::day(std::int32_t day, double messages) {
    for (std::size_t i = 0; i < rows().size(); ++i) {
        owed_[i] += messages * rows()[i].share;
        while (owed_[i] > 0) owed_[i] -= static_cast<double>((this->*rows()[i].plan)(day));
    }
    std::vector<Mail> today = std::move(waiting_[day]);
    waiting_.erase(day);
    return today;
}

// ---- what they have

Attacks::Base Attacks::make_base() {
    constexpr std::array shares{0.32, 0.28, 0.10, 0.13, 0.09, 0.08};
    return make_base(static_cast<Base::Means>(random_.share(shares)));
}

Attacks::Base Attacks::make_base(Base::Means means) {
    Base base{.means = means, .domain = own_domain(), .host = {}};
    base.signs = random_.chance(0.25);
    if (means == Base::Means::rented)
        base.host = World::host_of(world_.provider(Provider::Business::virtual_hosts, random_), random_);
    if (means == Base::Means::account) {
        const Provider& at =
            world_.provider(random_.chance(0.6) ? Provider::Business::bulk : Provider::Business::mail_cloud, random_);
        base.host = World::host_of(at, random_);
    }
    if (means == Base::Means::own_name) base.host = World::own_host(base.domain, world_.new_network());
    return base;
}

/// One of a botnet each time, or the one host.
Host Attacks::host_of(const Base& base) {
    const bool fixed =
        base.means == Base::Means::rented || base.means == Base::Means::own_name || base.means == Base::Means::account;
    if (fixed) return base.host;
    Host host = World::host_of(world_.provider(Provider::Business::access, random_), random_);
    if (base.means == Base::Means::line) return host;
    host.address = ip::Address::from_v4({octet(random_.between(244, 247)), octet(random_.below(256)),
                                         octet(random_.below(256)), octet(random_.between(1, 254))});
    host.reverse = base.means == Base::Means::bare ? Host::Reverse::none : Host::Reverse::unconfirmed;
    if (base.means == Base::Means::bare) host.name = "localhost";
    return host;
}

std::string Attacks::own_domain() {
    std::string domain;
    for (std::size_t letters = random_.between(7, 11); letters > 0; --letters)
        domain += static_cast<char>('a' + random_.below(26));
    domain += ".test";
    const ip::Prefix everywhere{ip::Address::from_v4({240, 0, 0, 0}), 4};
    world_.zone[domain] = {SpfRecord{{everywhere}, spf::Result::fail},
                           random_.chance(0.5) ? std::optional(dmarc::Policy::none) : std::nullopt,
                           {}};
    return domain;
}

std::string Attacks::target(std::string_view domain) {
    std::vector<std::size_t> users;
    for (const Relation& who : world_.relations)
        if (world_.companies[who.company].domain == domain) users.push_back(who.user);
    return users.empty() || random_.chance(0.5) ? random_user() : world_.users[random_.pick(users)].address;
}

std::string Attacks::random_user() { return random_.pick(world_.users).address; }

Mail Attacks::make(Kind kind, std::int32_t day, const Person& author) {
    Mail mail{.kind = kind, .at = day * seconds_a_day + traffic_.moment()};
    const std::size_t at = author.address.rfind('@');
    mail.from = {author.name, author.address.substr(0, at), author.address.substr(at + 1)};
    mail.recipients = {random_user()};
    mail.letter.message_id = traffic_.fresh_id() + '@' + mail.from.domain;
    return mail;
}

void Attacks::authenticate(Mail& mail, const Base& base) const {
    mail.mail_from = "office@" + base.domain;
    if (base.signs) mail.signatures.push_back({base.domain, dkim::Result::pass, traffic_.fresh_id(), mail.at});
}

void Attacks::send(Mail mail) {
    const auto day = static_cast<std::int32_t>(mail.at / seconds_a_day);
    waiting_[day].push_back(std::move(mail));
}

// ---- spoofs of domains

std::size_t Attacks::spoof(Kind kind, const std::string& domain, const std::vector<Person>& people, std::int32_t day) {
    const std::size_t size = random_.between(1, 12);
    const Base base = make_base();
    const std::size_t path = random_.share(std::array{0.50, 0.40, 0.10}); // the victim's, the attacker's own, none
    const bool elsewhere = random_.chance(0.3);
    const Forwarder* const through = random_.chance(0.03) ? &random_.pick(world_.forwarders) : nullptr;
    for (std::size_t i = 0; i < size; ++i) {
        const Person author = random_.chance(0.5) ? random_.pick(people) : Person{"Accounting", "accounting@" + domain};
        Mail mail = make(kind, day + static_cast<std::int32_t>(random_.below(2)), author);
        mail.client = host_of(base);
        mail.recipients = {target(domain)};
        if (path == 0)
            mail.mail_from = author.address;
        else if (path == 1)
            authenticate(mail, base);
        if (elsewhere) mail.letter.reply_to = {{author.name, "office", "freemail.example"}};
        if (through != nullptr) {
            mail.client = through->host;
            mail.recipients = {world_.users[through->user].address};
            if (!through->sealer.empty()) mail.seals = {{through->sealer, {}}};
            if (!through->keeps_sender) mail.mail_from = "srs-" + traffic_.fresh_id() + '@' + through->domain;
        }
        send(std::move(mail));
    }
    return size;
}

std::size_t Attacks::spoof_ours(std::int32_t day) {
    const std::string& domain = world_.domains[random_.share(std::array{0.6, 0.25, 0.15})];
    std::vector<Person> people;
    for (const Person& user : world_.users)
        if (user.address.ends_with('@' + domain)) people.push_back(user);
    return spoof(domain == world_.domains[0] ? Kind::ours_protected : Kind::ours_open, domain, people, day);
}

std::size_t Attacks::spoof_known(std::int32_t day) {
    const Company& victim = world_.companies[random_.skewed(world_.companies.size())];
    return spoof(by_policy(Kind::known_absent, victim.policy), victim.domain, victim.people, day);
}

std::size_t Attacks::spoof_stranger(std::int32_t day) {
    const Company& victim = random_.pick(world_.strangers);
    return spoof(by_policy(Kind::stranger_absent, victim.policy), victim.domain, victim.people, day);
}

// ---- names made to be mistaken

std::string Attacks::likeness(const std::string& domain) {
    const std::size_t dot = domain.find('.');
    std::string stem = domain.substr(0, dot), suffix = domain.substr(dot);
    const auto replaced = [&](std::string_view what, std::string_view by) {
        const std::size_t at = stem.find(what);
        if (at == std::string::npos) return false;
        stem.replace(at, what.size(), by);
        return true;
    };
    switch (random_.below(5)) {
    case 0: { // letters that look alike
        constexpr std::array<std::pair<std::string_view, std::string_view>, 6> alike{
            {{"o", "0"}, {"l", "1"}, {"m", "rn"}, {"a", "\u0430"}, {"e", "\u0435"}, {"i", "l"}}};
        for (std::size_t n = random_.below(alike.size()), tried = 0; tried < alike.size(); ++n, ++tried)
            if (replaced(alike[n % alike.size()].first, alike[n % alike.size()].second)) break;
        break;
    }
    case 1: { // one letter twice, or gone
        const std::size_t at = random_.between(1, stem.size() - 1);
        if (stem.size() < 5 || random_.chance(0.5))
            stem.insert(at, 1, stem[at]);
        else
            stem.erase(at, 1);
        break;
    }
    case 2: suffix = suffix == ".test" ? ".invalid" : ".test"; break;
    case 3:
        stem += random_.pick(std::vector<std::string>{"-support", "-invoices", "-billing", "-group", "-secure"});
        break;
    default: stem += random_.pick(std::vector<std::string>{"mail", "online", "team", "pay"}); break;
    }
    return dns::to_ascii(stem + suffix).value_or(stem + "x" + suffix);
}

std::size_t Attacks::look_like(Kind kind, const std::string& domain, const std::vector<Person>& people,
                               std::int32_t day) {
    const std::size_t size = random_.between(4, 25);
    Base base = make_base(Base::Means::own_name);
    base.domain = likeness(domain);
    base.signs = true;
    base.host.name = "mail." + base.domain;
    Records& records = world_.zone[base.domain];
    records.spf = SpfRecord{{{base.host.address, 32}}, spf::Result::fail};
    records.policy = random_.chance(0.5) ? dmarc::Policy::none : dmarc::Policy::reject;
    for (std::size_t i = 0; i < size; ++i) {
        Person author = random_.pick(people);
        author.address = author.address.substr(0, author.address.rfind('@') + 1) + base.domain;
        Mail mail = make(kind, day + static_cast<std::int32_t>(random_.below(4)), author);
        mail.client = base.host;
        mail.recipients = {target(domain)};
        authenticate(mail, base);
        send(std::move(mail));
    }
    return size;
}

std::size_t Attacks::look_like_ours(std::int32_t day) {
    return look_like(Kind::like_ours, random_.pick(world_.domains), world_.users, day);
}

std::size_t Attacks::look_like_known(std::int32_t day) {
    for (;;) {
        const std::size_t victim = random_.skewed(world_.companies.size());
        if (std::ranges::find(world_.freemail, victim) != world_.freemail.end()) continue;
        return look_like(Kind::like_known, world_.companies[victim].domain, world_.companies[victim].people, day);
    }
}

std::size_t Attacks::look_like_supplier(std::int32_t day) {
    const std::vector<const Company*> recent = traffic_.recent_suppliers(day);
    if (recent.empty()) return 1;
    const Company& victim = *random_.pick(recent);
    return look_like(Kind::like_supplier, victim.domain, victim.people, day);
}

std::size_t Attacks::borrow_name(std::int32_t day) {
    const std::size_t size = random_.between(3, 10);
    const std::string& name = world_.users[random_.below(World::protected_users)].name;
    const std::size_t space = name.find(' ');
    const std::array forms{name, name + " (CEO)", name.substr(space + 1) + ", " + name.substr(0, space)};
    const std::string& shown = forms[random_.share(std::array{0.6, 0.2, 0.2})];
    const bool freemail = random_.chance(0.75), elsewhere = random_.chance(0.5);
    const Company& provider = world_.companies[random_.pick(world_.freemail)];
    Base base = make_base(Base::Means::own_name);
    base.signs = true;
    const std::string account =
        fmt::format("office{}@{}", random_.below(1000), freemail ? provider.domain : base.domain);
    for (std::size_t i = 0; i < size; ++i) {
        Mail mail = make(Kind::display_name, day + static_cast<std::int32_t>(random_.below(2)), {shown, account});
        mail.client = freemail ? random_.pick(provider.hosts) : base.host;
        if (freemail) base.domain = provider.domain;
        authenticate(mail, base);
        if (elsewhere) mail.letter.reply_to = {{shown, "private", "postbox.example"}};
        send(std::move(mail));
    }
    return size;
}

// ---- patience

/// Weeks of harmless mail from a domain of his own, then the blow.
std::size_t Attacks::warm_up(std::int32_t day) {
    const std::size_t weeks = random_.between(3, 6), size = random_.between(25, 60);
    Base base = make_base(Base::Means::own_name);
    base.signs = true;
    const Person author = world_.make_person(base.domain);
    std::vector<std::string> readers;
    for (int i = 0; i < 10; ++i) readers.push_back(random_user());
    const auto turn = day + static_cast<std::int32_t>(weeks * 7);
    for (std::int32_t at = day; at < turn; ++at)
        for (std::size_t i = random_.between(1, 3); i > 0; --i) {
            Mail mail = make(Kind::warm_up, at, author);
            mail.client = base.host;
            authenticate(mail, base);
            mail.recipients = {random_.pick(readers)};
            send(std::move(mail));
        }
    for (std::size_t i = 0; i < size; ++i) {
        Mail mail = make(Kind::turned, turn + static_cast<std::int32_t>(random_.below(3)), author);
        mail.client = base.host;
        authenticate(mail, base);
        send(std::move(mail));
    }
    return size;
}

/// Collects signed newsletters of the victim, sends them on for weeks, then writes in the victim's name from the same network.
std::size_t Attacks::poison(std::int32_t day) {
    const Company* victim = nullptr;
    while (victim == nullptr || !victim->newsletter || victim->newsletter->signers.size() < 2)
        victim = &random_.pick(world_.companies);
    const std::size_t weeks = random_.between(2, 5), size = random_.between(15, 30);
    const Base base = make_base(random_.chance(0.5) ? Base::Means::own_name : Base::Means::rented);
    const auto turn = day + static_cast<std::int32_t>(weeks * 7);
    for (std::int32_t at = day; at < turn; ++at)
        for (std::size_t i = random_.between(1, 2); i > 0; --i) {
            Mail mail = traffic_.news_of(*victim, at * seconds_a_day + traffic_.moment());
            mail.kind = Kind::resent;
            mail.client = base.host;
            mail.mail_from = "office@" + base.domain;
            mail.recipients = {random_user()};
            send(std::move(mail));
        }
    for (std::size_t i = 0; i < size; ++i) {
        Mail mail = make(Kind::poisoned, turn + static_cast<std::int32_t>(random_.below(3)),
                         {victim->stem, "news@" + victim->newsletter->author});
        mail.client = base.host;
        authenticate(mail, base);
        send(std::move(mail));
    }
    return size;
}

// ---- other people's proof

/// One message that a large provider signed, to as many as possible.
std::size_t Attacks::replay(std::int32_t day) {
    const std::size_t size = random_.between(60, 150);
    const Company* signer = &world_.companies[random_.pick(world_.freemail)];
    if (random_.chance(0.5))
        while (signer->signers.empty() || signer->signers.front() != signer->domain)
            signer = &random_.pick(world_.companies);
    const Base base = make_base();
    const Person author = random_.pick(signer->people);
    const std::string fingerprint = traffic_.fresh_id();
    for (std::size_t i = 0; i < size; ++i) {
        Mail mail = make(Kind::replay, day + static_cast<std::int32_t>(random_.below(4)), author);
        mail.client = host_of(base);
        mail.mail_from = "office@" + base.domain;
        mail.signatures = {{signer->domain, dkim::Result::pass, fingerprint, day * seconds_a_day}};
        send(std::move(mail));
    }
    return size;
}

/// SPF passes through a cloud that the victim's record includes whole; in every second case the victim itself never uses it.
std::size_t Attacks::use_cloud(std::int32_t day) {
    constexpr unsigned whole = 16;
    const std::size_t size = random_.between(5, 15);
    const bool never_used = random_.chance(0.5);
    for (;;) {
        const Company& victim = random_.pick(world_.companies);
        const Records& records = world_.zone[victim.domain];
        if (!records.spf || records.spf->otherwise == spf::Result::permerror || victim.hosts.empty()) continue;
        const auto through = std::ranges::find_if(records.spf->networks, [&](const ip::Prefix& network) {
            return network.length == whole && network.contains(victim.hosts[0].address) != never_used;
        });
        if (through == records.spf->networks.end()) continue;
        const Provider& cloud =
            *std::ranges::find_if(world_.providers, [&](const Provider& one) { return one.network == *through; });
        if (cloud.business == Provider::Business::freemail) continue; // checks whose address it is
        for (std::size_t i = 0; i < size; ++i) {
            Mail mail =
                make(Kind::spf_upgrade, day + static_cast<std::int32_t>(random_.below(3)), random_.pick(victim.people));
            mail.client = World::host_of(cloud, random_);
            mail.recipients = {target(victim.domain)};
            mail.mail_from = mail.from.local_part + '@' + victim.domain;
            send(std::move(mail));
        }
        return size;
    }
}

// ---- bounces

std::size_t Attacks::forge_bounces(std::int32_t day) {
    const std::size_t size = random_.between(3, 8);
    const Base base = make_base();
    const std::size_t whose = random_.share(std::array{0.3, 0.5, 0.2});
    const std::string& domain = whose == 0   ? world_.domains[0]
                                : whose == 1 ? world_.companies[random_.skewed(world_.companies.size())].domain
                                             : random_.pick(world_.strangers).domain;
    for (std::size_t i = 0; i < size; ++i) {
        Mail mail = make(Kind::forged_bounce, day, {"Mail Delivery", "mailer-daemon@" + domain});
        mail.client = host_of(base);
        mail.letter.delivery_report = true;
        mail.letter.returned_ids = {fmt::format("guess-{}@ours.example", random_.below(1000000))};
        send(std::move(mail));
    }
    return size;
}

/// Honest servers return what somebody sent in our name.
std::size_t Attacks::scatter(std::int32_t day) {
    const std::size_t size = random_.between(5, 20);
    const std::string user = random_user();
    for (std::size_t i = 0; i < size; ++i) {
        const Company& server = random_.pick(world_.strangers);
        Mail mail = traffic_.letter_of(server, Kind::backscatter, day * seconds_a_day + traffic_.moment());
        mail.from = {"Mail Delivery", "mailer-daemon", server.domain};
        mail.mail_from.clear();
        if (random_.chance(0.2)) mail.signatures.clear();
        mail.recipients = {user};
        mail.letter.delivery_report = true;
        mail.letter.returned_ids = {fmt::format("forged-{}@ours.example", random_.below(1000000))};
        send(std::move(mail));
    }
    return size;
}

} // namespace bonafide::year
