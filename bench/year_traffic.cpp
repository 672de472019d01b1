#include "year_traffic.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bonafide::year {
namespace {

constexpr std::int64_t seconds_a_day = 86400;
constexpr double broken_in_passing = 0.003; // of direct mail: a gateway that changes what it hands on

struct Share {
    Kind kind;
    double of_all;
};
constexpr std::array shares{
    Share{Kind::person, 0.46},      Share{Kind::private_address, 0.015}, Share{Kind::newsletter, 0.08},
    Share{Kind::sealed_list, 0.03}, Share{Kind::plain_list, 0.07},       Share{Kind::forwarded, 0.06},
    Share{Kind::bounce, 0.025},     Share{Kind::own_service, 0.025},     Share{Kind::own_branch, 0.002},
};
constexpr double issue_share = 0.19;     // newsletters proper, beside the single notices
constexpr double supplier_share = 0.043; // the rest

/// Monday to Sunday; 1970-01-01 was a Thursday.
double weekday_factor(std::int32_t day) {
    constexpr std::array factors{1.2, 1.3, 1.3, 1.25, 1.15, 0.4, 0.4};
    return factors[static_cast<std::size_t>(day + 3) % factors.size()];
}

std::string domain_of(const std::string& address) { return address.substr(address.rfind('@') + 1); }

void set_author(Mail& mail, const std::string& name, const std::string& address) {
    const std::size_t at = address.rfind('@');
    mail.from = {name, address.substr(0, at), address.substr(at + 1)};
}

void break_signatures(Mail& mail) {
    for (Signature& one : mail.signatures) one.result = dkim::Result::fail;
}

} // namespace

Traffic::Traffic(World& world, std::uint64_t seed, const dns::PublicSuffixList& suffixes)
    : world_(world), seed_(seed), random_(seed), answers_random_(seed + 1), suffixes_(suffixes) {
    constexpr std::size_t services = 3;
    for (std::size_t i = 0; i < services; ++i)
        services_.push_back(World::host_of(world.provider(Provider::Business::service, random_), random_));
    while (appliances_.size() < world_.domains.size())
        appliances_.push_back(World::host_of(world.provider(Provider::Business::access, random_), random_));
    plan_newsletters();
}

Traffic::Day Traffic::day(std::int32_t day, double messages) {
    constexpr std::uint64_t apart = 1'000'003;
    random_ = Random(seed_ * apart + static_cast<std::uint64_t>(day));
    Day made;
    change_providers(day);
    messages *= weekday_factor(day);
    const std::int64_t midnight = day * seconds_a_day;
    for (const Share& share : shares) {
        double count = messages * share.of_all;
        for (const MailingList& list : world_.lists) {
            if ((share.kind == Kind::sealed_list) != !list.sealer.empty()) continue;
            if (share.kind != Kind::sealed_list && share.kind != Kind::plain_list) continue;
            const double lists = share.kind == Kind::sealed_list ? 3 : 6;
            const double posts = count / lists / static_cast<double>(list.subscribers.size());
            for (std::size_t i = random_.around(posts); i > 0; --i) post(list, midnight + moment(), made);
        }
        if (share.kind == Kind::sealed_list || share.kind == Kind::plain_list) continue;
        for (std::size_t i = random_.around(count); i > 0; --i)
            made.in.push_back(make(share.kind, midnight + moment()));
    }
    issues(day, messages * issue_share, made.in);
    suppliers(day, messages * supplier_share, made.in);
    constexpr double written = 0.25; // of ours, unasked, to one that comes
    for (std::size_t i = random_.around(messages * written); i > 0; --i) {
        const Relation& who = world_.relations[random_.skewed(world_.relations.size())];
        write(midnight + moment(), world_.users[who.user].address,
              world_.companies[who.company].people[who.person].address, made.out);
    }
    for (Sent& answer : answers_)
        write(midnight + moment(answers_random_), std::move(answer.from), std::move(answer.to), made.out);
    answers_.clear();
    return made;
}

std::int64_t Traffic::moment(Random& random) {
    constexpr std::size_t morning = 7 * 3600, evening = 19 * 3600;
    return static_cast<std::int64_t>(random.chance(0.85) ? random.between(morning, evening)
                                                         : random.below(seconds_a_day));
}

/// Each company changes its provider in one year of twenty.
void Traffic::change_providers(std::int32_t day) {
    constexpr double a_day = 1.0 / (20 * 365);
    constexpr std::int32_t late = 14;
    for (Company& company : world_.companies) {
        if (company.moved + late == day) world_.finish_move(company);
        const bool freemail = &company - world_.companies.data() < static_cast<std::ptrdiff_t>(world_.freemail.size());
        if (!freemail && random_.chance(a_day)) world_.move(company, day);
    }
}

Mail Traffic::make(Kind kind, std::int64_t at) {
    switch (kind) {
    case Kind::private_address: return private_address(at);
    case Kind::newsletter: return notice(at);
    case Kind::forwarded: return forwarded(at);
    case Kind::bounce: return bounce(at);
    case Kind::own_service: return own_service(at);
    case Kind::own_branch: return own_branch(at);
    default: return person(at);
    }
}

// ---- letters

Mail Traffic::letter_of(const Company& company, Kind kind, std::int64_t at) {
    Mail mail{.kind = kind, .at = at};
    const Person& author = random_.pick(company.people);
    set_author(mail, author.name, author.address);
    mail.letter.message_id = fresh_id() + '@' + company.domain;
    if (company.unlisted && random_.chance(company.unlisted->share)) {
        mail.client = company.unlisted->host;
        const std::string& service = company.unlisted->bounces_to;
        mail.mail_from = service.empty() ? author.address : "bounce@" + service;
        if (!service.empty()) mail.signatures.push_back({service, dkim::Result::pass, fresh_id(), at});
        return mail;
    }
    mail.client = random_.pick(company.hosts);
    mail.mail_from = author.address;
    for (const std::string& signer : company.signers)
        mail.signatures.push_back({signer, dkim::Result::pass, fresh_id(), at});
    if (random_.chance(broken_in_passing)) break_signatures(mail);
    return mail;
}

Mail Traffic::news_of(const Company& company, std::int64_t at) {
    const Company::Newsletter& news = *company.newsletter;
    Mail mail{.kind = Kind::newsletter, .at = at};
    set_author(mail, company.stem, "news@" + news.author);
    mail.client = World::host_of(*news.provider, random_);
    mail.mail_from = "bounce-" + fresh_id() + '@' + news.bounces_to;
    for (const std::string& signer : news.signers)
        mail.signatures.push_back({signer, dkim::Result::pass, fresh_id(), at});
    mail.letter.message_id = fresh_id() + '@' + news.author;
    mail.letter.list_id = "news." + news.author;
    return mail;
}

Mail Traffic::person(std::int64_t at) {
    constexpr std::int32_t weeks = 21;
    const Relation& who = world_.relations[random_.skewed(world_.relations.size())];
    const Company& company = world_.companies[who.company];
    const auto day = static_cast<std::int32_t>(at / seconds_a_day);
    Mail mail = letter_of(company, company.moved != 0 && day - company.moved < weeks ? Kind::moved : Kind::person, at);
    const Person& author = company.people[who.person];
    set_author(mail, author.name, author.address);
    if (!mail.mail_from.starts_with("bounce@")) mail.mail_from = author.address;
    mail.recipients = {world_.users[who.user].address};
    return mail;
}

/// Now and then somebody writes from home; in one case of twenty one of our own protected users.
Mail Traffic::private_address(std::int64_t at) {
    const Company& provider = world_.companies[random_.pick(world_.freemail)];
    Mail mail = letter_of(provider, Kind::private_address, at);
    const Relation& who = world_.relations[random_.skewed(world_.relations.size())];
    const Person& author = random_.chance(0.05) ? world_.users[random_.below(World::protected_users)]
                                                : world_.companies[who.company].people[who.person];
    set_author(mail, author.name, author.address.substr(0, author.address.find('@')) + "77@" + provider.domain);
    if (random_.chance(0.1)) { // or from a new employer
        const Company& employer = random_.pick(world_.strangers);
        mail = letter_of(employer, Kind::private_address, at);
        set_author(mail, author.name, author.address.substr(0, author.address.find('@') + 1) + employer.domain);
    }
    if (!mail.mail_from.starts_with("bounce@")) mail.mail_from = mail.from.local_part + '@' + mail.from.domain;
    mail.recipients = {world_.users[who.user].address};
    return mail;
}

/// From every 3 to 30 days; the better known the company, the more of ours read it. One in five begins during the year.
void Traffic::plan_newsletters() {
    double a_day = 0;
    for (std::size_t i = 0; i < world_.companies.size(); ++i) {
        if (!world_.companies[i].newsletter) continue;
        Subscription& one = subscriptions_.emplace_back();
        one.company = &world_.companies[i];
        one.interval = static_cast<double>(random_.between(3, 30));
        one.readers = 1 / static_cast<double>(i + 10);
        one.begins = random_.chance(0.2) ? first_day + static_cast<std::int32_t>(random_.below(days)) : first_day;
        a_day += one.readers / one.interval;
    }
    for (Subscription& one : subscriptions_) one.readers /= a_day;
}

void Traffic::issues(std::int32_t day, double messages, std::vector<Mail>& to) {
    for (const Subscription& one : subscriptions_) {
        if (day < one.begins || !random_.chance(1 / one.interval)) continue;
        const std::int64_t at = day * seconds_a_day + moment();
        const std::size_t first = random_.below(world_.users.size()); // neighbours read the same
        const std::size_t readers = std::min(random_.around(one.readers * messages), world_.users.size());
        for (std::size_t i = 0; i < readers; ++i) {
            Mail mail = news_of(*one.company, at + static_cast<std::int64_t>(i));
            mail.recipients = {world_.users[(first / 50 * 50 + i) % world_.users.size()].address};
            to.push_back(std::move(mail));
        }
    }
}

Mail Traffic::notice(std::int64_t at) {
    for (;;) {
        const Company& company = world_.companies[random_.skewed(world_.companies.size())];
        if (!company.newsletter) continue;
        Mail mail = news_of(company, at);
        mail.recipients = {random_.pick(world_.users).address};
        return mail;
    }
}

const Company& Traffic::somebody() {
    return random_.chance(0.6) ? world_.strangers[random_.skewed(world_.strangers.size())]
                               : world_.companies[random_.skewed(world_.companies.size())];
}

// ---- through others

Mail Traffic::forwarded(std::int64_t at) {
    const Forwarder& box = random_.pick(world_.forwarders);
    const Company& company = somebody();
    Mail mail =
        company.newsletter && random_.chance(0.4) ? news_of(company, at) : letter_of(company, Kind::forwarded, at);
    mail.kind = Kind::forwarded;
    const verdict::Facts there = receive(mail, world_.zone, suffixes_);
    const bool pass = there.dmarc.value->result == dmarc::Result::pass;
    mail.client = box.host;
    if (!box.keeps_sender) mail.mail_from = "srs-" + fresh_id() + '@' + box.domain;
    if (random_.chance(box.changes)) break_signatures(mail);
    if (!box.sealer.empty()) mail.seals.push_back({box.sealer, pass ? mail.from.domain : std::string()});
    mail.recipients = {world_.users[box.user].address};
    return mail;
}

Mail Traffic::post_author(std::int64_t at) {
    if (!random_.chance(0.12)) return letter_of(somebody(), Kind::plain_list, at);
    const Person& author = random_.pick(world_.users);
    Mail mail{.kind = Kind::own_post, .at = at};
    set_author(mail, author.name, author.address);
    mail.client = World::own_host(world_.domains[0], world_.zone[world_.domains[0]].hosts.addresses[0]);
    mail.mail_from = author.address;
    mail.signatures = {{mail.from.domain, dkim::Result::pass, fresh_id(), at}};
    return mail;
}

/// One post to all of ours who read the list: each gets a message of its own with the same signatures.
void Traffic::post(const MailingList& list, std::int64_t at, Day& to) {
    Mail mail = post_author(at);
    if (mail.kind == Kind::own_post) write(at - 1, mail.mail_from, "list@" + list.domain, to.out);
    if (mail.kind != Kind::own_post) mail.kind = list.sealer.empty() ? Kind::plain_list : Kind::sealed_list;
    const verdict::Facts there = receive(mail, world_.zone, suffixes_);
    const dmarc::Evaluation& found = *there.dmarc.value;
    const bool strict = found.policy.value_or(dmarc::Policy::none) != dmarc::Policy::none;
    if (!list.sealer.empty())
        mail.seals.push_back({list.sealer, found.result == dmarc::Result::pass ? mail.from.domain : std::string()});
    if (list.changes) break_signatures(mail);
    if (list.rewrites && strict) {
        set_author(mail, mail.from.display_name + " via list", "list@" + list.domain);
        mail.seals.clear();
        if (mail.kind == Kind::own_post) mail.kind = list.sealer.empty() ? Kind::plain_list : Kind::sealed_list;
    }
    mail.client = list.host;
    mail.mail_from = "list-bounces@" + list.domain;
    mail.letter.list_id = "list." + list.domain;
    if (list.signs) mail.signatures.push_back({list.domain, dkim::Result::pass, fresh_id(), at});
    for (const std::size_t reader : list.subscribers) {
        mail.recipients = {world_.users[reader].address};
        mail.at += 1;
        to.in.push_back(mail);
    }
}

Mail Traffic::bounce(std::int64_t at) {
    if (sent_.empty()) return person(at);
    const Sent& of = sent_[random_.below(sent_.size())];
    const Company* const company = company_of(of.to);
    if (company == nullptr) return person(at);
    Mail mail = letter_of(*company, Kind::bounce, at);
    set_author(mail, "Mail Delivery", "mailer-daemon@" + company->domain);
    mail.mail_from.clear();
    if (random_.chance(0.2)) mail.signatures.clear(); // some sign all but their bounces
    mail.recipients = {of.from};
    mail.letter.delivery_report = true;
    if (random_.chance(0.8)) mail.letter.returned_ids = {of.message_id};
    return mail;
}

// ---- in our name

Mail Traffic::own_service(std::int64_t at) {
    Mail mail{.kind = Kind::own_service, .at = at};
    set_author(mail, "Our service desk", "no-reply@" + world_.domains[0]);
    mail.client = random_.pick(services_);
    mail.mail_from = "bounce@" + suffixes_.organizational(mail.client.name);
    mail.signatures = {{world_.domains[0], dkim::Result::pass, fresh_id(), at}};
    mail.recipients = {random_.pick(world_.users).address};
    return mail;
}

Mail Traffic::own_branch(std::int64_t at) {
    Mail mail{.kind = Kind::own_branch, .at = at};
    const std::size_t which = random_.below(appliances_.size());
    set_author(mail, "Scanner", "scanner@" + world_.domains[which]);
    mail.client = appliances_[which];
    mail.mail_from = "scanner@" + mail.from.domain;
    mail.recipients = {random_.pick(world_.users).address};
    return mail;
}

// ---- suppliers that are new

/// Two or three a week; each writes to one of ours, and most then go on for some weeks.
void Traffic::suppliers(std::int32_t day, double messages, std::vector<Mail>& to) {
    constexpr double a_day = 2.5 / 7;
    const std::int64_t midnight = day * seconds_a_day;
    const auto letter = [&](Supplier& supplier) {
        Mail mail = letter_of(supplier.company, Kind::new_supplier, midnight + moment());
        mail.recipients = {world_.users[supplier.user].address};
        to.push_back(std::move(mail));
    };
    for (std::size_t i = random_.around(a_day); i > 0; --i) {
        suppliers_.push_back({world_.make_company(newcomer_mix(), 2), random_.below(world_.users.size()), day,
                              random_.chance(0.3) ? 0 : random_.between(4, 40)});
        letter(suppliers_.back());
    }
    std::vector<Supplier*> active;
    for (Supplier& supplier : suppliers_)
        if (supplier.letters > 0 && supplier.first_day < day) active.push_back(&supplier);
    for (std::size_t i = active.empty() ? 0 : random_.around(messages); i > 0; --i) {
        Supplier& supplier = *random_.pick(active);
        if (supplier.letters == 0) continue;
        --supplier.letters;
        letter(supplier);
    }
}

std::vector<const Company*> Traffic::recent_suppliers(std::int32_t day) const {
    constexpr std::int32_t weeks = 60;
    std::vector<const Company*> recent;
    for (const Supplier& supplier : suppliers_)
        if (day - supplier.first_day < weeks) recent.push_back(&supplier.company);
    return recent;
}

// ---- what ours write

void Traffic::delivered(const Mail& mail, double whim) {
    double willing = 0;
    if (mail.kind == Kind::person || mail.kind == Kind::moved) willing = 0.35;
    if (mail.kind == Kind::new_supplier) willing = 0.5;
    if (mail.kind == Kind::private_address) willing = 0.3;
    if (whim < willing)
        answers_.push_back({0, mail.recipients.front(), mail.from.local_part + '@' + mail.from.domain, {}});
}

void Traffic::write(std::int64_t at, std::string from, std::string address, std::vector<Sent>& to) {
    constexpr std::size_t remembered = 300;
    to.push_back({at, std::move(from), std::move(address), fresh_id() + "@ours.example"});
    sent_.push_back(to.back());
    if (sent_.size() > remembered) sent_.pop_front();
}

const Company* Traffic::company_of(std::string_view address) const {
    const std::string domain = domain_of(std::string(address));
    const auto known = std::ranges::find(world_.companies, domain, &Company::domain);
    if (known != world_.companies.end()) return &*known;
    for (const Supplier& supplier : suppliers_)
        if (supplier.company.domain == domain) return &supplier.company;
    return nullptr;
}

} // namespace bonafide::year
