#include "year_world.hpp"

#include "base/ascii.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace bonafide::year {
namespace {

using Business = Provider::Business;

// What a published policy says about the care for the rest; rows: no policy, none, quarantine, reject.
constexpr std::array<double, 4> spf_right{0.65, 0.88, 0.95, 0.97};
constexpr std::array<double, 4> spf_absent{0.25, 0.05, 0.02, 0.01}; // the rest is out of date or not evaluable
constexpr std::array<double, 4> spf_hard{0.30, 0.30, 0.55, 0.55};   // -all; the rest ~all
constexpr std::array<double, 4> dkim_own{0.40, 0.75, 0.94, 0.97};
constexpr std::array<double, 4> forgotten_system{0.30, 0.30, 0.15, 0.10};
constexpr std::array<double, 4> forgotten_share{0.08, 0.08, 0.04, 0.03};
constexpr std::array<double, 4> news_aligned{0.65, 0.85, 0.99, 0.99};

std::size_t row(const Company& company) { return company.policy ? static_cast<std::size_t>(*company.policy) + 1 : 0; }

const std::vector<std::string>& first_names() {
    static const std::vector<std::string> names{
        "Ada",   "Agnes", "Alan",  "Albert", "Alma",  "Amir",   "Anders", "Anna",  "Arne",  "Aylin",  "Bela",
        "Bruno", "Carla", "Cem",   "Chiara", "Clara", "Dana",   "David",  "Derya", "Diana", "Dora",   "Edgar",
        "Elena", "Elif",  "Elsa",  "Emil",   "Erik",  "Eva",    "Fatma",  "Felix", "Fiona", "Frida",  "Georg",
        "Greta", "Hakan", "Hanna", "Hugo",   "Ida",   "Igor",   "Ines",   "Ivo",   "Jana",  "Jasmin", "Jonas",
        "Julia", "Karim", "Karl",  "Katja",  "Lars",  "Lena",   "Leo",    "Lina",  "Luca",  "Magda",  "Malik",
        "Marek", "Maria", "Mona",  "Nadia",  "Nils",  "Nora",   "Olga",   "Oskar", "Otto",  "Pablo",  "Paula",
        "Pia",   "Rafa",  "Rita",  "Rosa",   "Ruth",  "Samir",  "Sara",   "Selma", "Sofia", "Sven",   "Tania",
        "Theo",  "Tomas", "Ulla",  "Uwe",    "Vera",  "Viktor", "Wanda",  "Yusuf", "Zoe"};
    return names;
}
const std::vector<std::string>& last_names() {
    static const std::vector<std::string> names{
        "Adler",  "Albers",  "Amato",   "Andersen", "Arslan", "Aydin",   "Bauer",  "Becker",  "Berg",     "Bianchi",
        "Blanc",  "Boyer",   "Brandt",  "Bruun",    "Caruso", "Castro",  "Celik",  "Cerny",   "Conti",    "Costa",
        "Dahl",   "Danek",   "Demir",   "Diaz",     "Duarte", "Dubois",  "Ekberg", "Eriksen", "Esposito", "Evans",
        "Farkas", "Ferrari", "Fischer", "Fontana",  "Foster", "Garcia",  "Gerber", "Gomez",   "Grant",    "Greco",
        "Gruber", "Haas",    "Hansen",  "Hartl",    "Holm",   "Horvat",  "Huber",  "Ito",     "Ivanov",   "Jansen",
        "Jensen", "Jovic",   "Kaplan",  "Keller",   "Kemal",  "Kiss",    "Klein",  "Koch",    "Kovac",    "Kraus",
        "Lang",   "Larsen",  "Leroy",   "Lind",     "Lopez",  "Lorenz",  "Lund",   "Maier",   "Marin",    "Martin",
        "Meyer",  "Molnar",  "Moreau",  "Moser",    "Nagy",   "Nielsen", "Novak",  "Olsen",   "Orban",    "Ortega",
        "Papp",   "Pavlov",  "Perez",   "Petrov",   "Popov",  "Quist",   "Ramos",  "Richter", "Ricci",    "Roche",
        "Rossi",  "Roth",    "Ruiz",    "Sahin",    "Santos", "Schmid",  "Silva",  "Simon",   "Singh",    "Sousa",
        "Stark",  "Steen",   "Svoboda", "Szabo",    "Tanaka", "Thomsen", "Toth",   "Ueda",    "Ulrich",   "Varga",
        "Vega",   "Vidal",   "Vogel",   "Wagner",   "Walker", "Weber",   "Wolf",   "Xu",      "Yilmaz",   "Young",
        "Zeman",  "Zhang",   "Ziegler"};
    return names;
}
const std::vector<std::string>& first_words() {
    static const std::vector<std::string> words{
        "alder",  "amber",   "arctic", "atlas", "birch",   "blue",   "bridge", "cedar",  "clear",  "copper",  "delta",
        "eagle",  "ember",   "falcon", "fern",  "granite", "harbor", "hazel",  "iron",   "ivory",  "juniper", "lake",
        "linden", "maple",   "meadow", "metro", "north",   "oak",    "ocean",  "orchid", "pine",   "polar",   "quartz",
        "river",  "saffron", "silver", "south", "summit",  "tulip",  "union",  "valley", "velvet", "willow",  "winter"};
    return words;
}
const std::vector<std::string>& second_words() {
    static const std::vector<std::string> words{"foods",  "freight", "group",  "labs",     "legal",  "logistics",
                                                "media",  "metals",  "mills",  "optics",   "paper",  "pharma",
                                                "power",  "press",   "print",  "software", "steel",  "studio",
                                                "supply", "systems", "textil", "tools",    "travel", "works"};
    return words;
}

std::uint8_t octet(std::size_t value) { return static_cast<std::uint8_t>(value & 0xFF); }

ip::Prefix only(const ip::Address& address) { return {address, 32}; }

} // namespace

const Mix& established_mix() {
    static const Mix mix{{0.35, 0.30, 0.15, 0.20}, {0.45, 0.25, 0.20, 0.10}};
    return mix;
}
const Mix& newcomer_mix() {
    static const Mix mix{{0.45, 0.30, 0.10, 0.15}, {0.40, 0.35, 0.10, 0.15}};
    return mix;
}

World::World(std::uint64_t seed) : random_(seed) {
    constexpr std::size_t correspondents = 200, others = 150;
    make_providers();
    make_ours();
    for (std::size_t i = 0; i < correspondents; ++i)
        companies.push_back(make_company(established_mix(), random_.between(1, 8)));
    for (std::size_t i = 0; i < others; ++i) strangers.push_back(make_company(established_mix(), 3));
    make_freemail();
    make_relations();
    make_lists();
    make_forwarders();
}

// ---- providers and hosts

void World::make_providers() {
    const std::vector<std::pair<Business, std::vector<std::string>>> all{
        {Business::mail_cloud, {"outlook.com", "google.com"}},
        {Business::hosting,
         {"ovh.net", "your-server.de", "secureserver.net", "kundenserver.de", "websitewelcome.com", "hostone.example",
          "hosttwo.example", "hostthree.example"}},
        {Business::access,
         {"ispone.example", "isptwo.example", "ispthree.example", "ispfour.example", "ispfive.example",
          "ispsix.example", "ispseven.example", "ispeight.example"}},
        {Business::bulk, {"sendgrid.net", "mcsv.net", "amazonses.com", "mailjet.com", "letterpress.example"}},
        {Business::virtual_hosts,
         {"amazonaws.com", "linodeusercontent.com", "vultrusercontent.com", "rentone.example", "renttwo.example"}},
        {Business::service,
         {"invoices.example", "tickets.example", "crmwork.example", "surveys.example", "payroll.example"}},
        {Business::freemail, {"freemail.example", "postbox.example"}},
    };
    for (const auto& [business, names] : all)
        for (const std::string& name : names) {
            const ip::Prefix network{ip::Address::from_v4({240, octet(providers.size()), 0, 0}), 16};
            providers.push_back({business, name, network});
            Records& records = zone[name];
            if (business == Business::bulk || business == Business::service)
                records.spf = SpfRecord{{network}, spf::Result::fail};
        }
}

const Provider& World::provider(Business business, Random& random) const {
    std::vector<const Provider*> found;
    for (const Provider& one : providers)
        if (one.business == business) found.push_back(&one);
    return *random.pick(found);
}

Host World::host_of(const Provider& provider, Random& random) {
    const std::array<std::uint8_t, 16>& base = provider.network.address.bytes();
    const std::size_t c = random.below(256), d = random.between(1, 254);
    const ip::Address address = ip::Address::from_v4({base[0], base[1], octet(c), octet(d)});
    switch (provider.business) {
    case Business::mail_cloud: return {address, fmt::format("mail-{}{}.outbound.{}", c, d, provider.domain)};
    case Business::hosting: return {address, fmt::format("web{}.{}", c * 256 + d, provider.domain)};
    case Business::access:
        return {address, fmt::format("host-{}-{}-{}-{}.{}", base[0], base[1], c, d, provider.domain)};
    case Business::virtual_hosts:
        return {address, fmt::format("vm-{}-{}-{}-{}.{}", base[0], base[1], c, d, provider.domain)};
    case Business::bulk:
    case Business::service:
    case Business::freemail: return {address, fmt::format("out{}.{}", d, provider.domain)};
    }
    return {address, provider.domain};
}

Host World::own_host(const std::string& domain, const ip::Address& address) { return {address, "mail." + domain}; }

ip::Address World::new_network() {
    const std::uint32_t n = networks_++;
    return ip::Address::from_v4({241, octet(n >> 8U), octet(n), 10});
}

// ---- people and names

Person World::make_person(const std::string& domain) {
    const std::string& first = random_.pick(first_names());
    const std::string& last = random_.pick(last_names());
    return {first + ' ' + last, ascii::lower(first + '.' + last) + '@' + domain};
}

/// Two words, or in one case of ten three letters: the names that are alike by chance.
std::string World::fresh_stem() {
    constexpr std::string_view letters = "abdegiklmnrst";
    for (;;) {
        std::string stem;
        if (random_.chance(0.1))
            for (int i = 0; i < 3; ++i) stem += letters[random_.below(letters.size())];
        else
            stem = random_.pick(first_words()) + random_.pick(second_words());
        if (std::ranges::find(stems_, stem) != stems_.end()) continue;
        stems_.push_back(stem);
        return stem;
    }
}

// ---- companies

Company World::make_company(const Mix& mix, std::size_t people) {
    Company company;
    company.stem = fresh_stem();
    company.domain = company.stem + random_.pick(std::vector<std::string>{".example", ".example", ".test", ".invalid"});
    const std::size_t policy = random_.share(mix.policies);
    if (policy > 0) company.policy = static_cast<dmarc::Policy>(policy - 1);
    settle(company, static_cast<Place>(random_.share(mix.places)));
    sign(company);
    publish(company);
    forget_system(company);
    write_news(company);
    for (std::size_t i = 0; i < people; ++i) company.people.push_back(make_person(company.domain));
    return company;
}

void World::settle(Company& company, Place place) {
    constexpr std::array businesses{Business::mail_cloud, Business::hosting, Business::hosting, Business::access};
    company.place = place;
    company.hosts.clear();
    verdict::AuthorHosts& hosts = zone[company.domain].hosts;
    hosts = {};
    if (place == Place::own_server) { // its own server
        company.hosts = {own_host(company.domain, new_network())};
        hosts.mail_hosts = {company.hosts[0].name};
        hosts.addresses = {company.hosts[0].address};
        return;
    }
    const Provider& at = provider(businesses[static_cast<std::size_t>(place)], random_);
    const std::size_t count = place == Place::mail_cloud ? 6 : 1; // a cloud sends from many
    for (std::size_t i = 0; i < count; ++i) company.hosts.push_back(host_of(at, random_));
    if (place == Place::access_line && random_.chance(0.25)) company.hosts[0].reverse = Host::Reverse::none;
    hosts.mail_hosts = {place == Place::mail_cloud ? company.stem + ".mx." + at.domain
                        : place == Place::hosting  ? company.hosts[0].name
                                                   : "mail." + company.domain};
    hosts.addresses = {place == Place::mail_cloud ? new_network() : company.hosts[0].address};
}

void World::sign(Company& company) {
    company.signers.clear();
    if (random_.chance(dkim_own[row(company)])) company.signers.push_back(company.domain);
    // Its mail cloud signs with a name of its own making.
    if (company.place == Place::mail_cloud && random_.chance(0.7))
        company.signers.push_back(
            company.stem + (company.hosts[0].name.ends_with("google.com") ? ".gappssmtp.com" : ".onmicrosoft.com"));
}

void World::publish(Company& company) {
    Records& records = zone[company.domain];
    records.policy = company.policy;
    records.spf.reset();
    const std::size_t care = row(company);
    if (random_.chance(spf_absent[care])) return;
    SpfRecord spf;
    spf.otherwise = random_.chance(spf_hard[care]) ? spf::Result::fail : spf::Result::softfail;
    if (random_.chance(spf_right[care] / (1 - spf_absent[care]))) {
        for (const Host& host : company.hosts) spf.networks.push_back(only(host.address));
        // Clouds are included whole, and so is every second hosting provider.
        if (company.place == Place::mail_cloud || (company.place == Place::hosting && random_.chance(0.5)))
            for (const Provider& one : providers)
                if (one.network.contains(company.hosts[0].address)) spf.networks.push_back(one.network);
        // What somebody once included and nobody uses.
        if (random_.chance(0.15)) spf.networks.push_back(provider(Business::bulk, random_).network);
    } else if (random_.chance(0.5))
        spf.otherwise = spf::Result::permerror;
    records.spf = std::move(spf); // else it lists nothing that is still in use
}

void World::forget_system(Company& company) {
    if (!random_.chance(forgotten_system[row(company)])) return;
    Company::Unlisted system;
    system.share = forgotten_share[row(company)];
    const std::size_t where = random_.share(std::array{0.4, 0.35, 0.25});
    if (where == 0) // another host of its own
        system.host = {new_network(), "erp." + company.domain};
    else if (where == 1) {
        const Provider& service = provider(Business::service, random_);
        system.host = host_of(service, random_);
        system.bounces_to = service.domain;
    } else {
        system.host = host_of(provider(Business::access, random_), random_);
        if (random_.chance(0.25)) system.host.reverse = Host::Reverse::none;
    }
    company.unlisted = std::move(system);
}

void World::write_news(Company& company) {
    if (!random_.chance(0.4)) return;
    Company::Newsletter news;
    news.provider = &provider(Business::bulk, random_);
    const std::size_t name = random_.share(std::array{0.60, 0.37, 0.03});
    news.author = name == 0 ? company.domain : "news." + company.domain;
    if (name == 2) { // the same name elsewhere, which is theirs too
        news.author = company.stem + (company.domain.ends_with(".test") ? ".example" : ".test");
        zone[news.author].policy = company.policy;
    }
    news.bounces_to = news.provider->domain;
    if (random_.chance(news_aligned[row(company)])) {
        news.signers.push_back(news.author);
        if (random_.chance(0.6)) {
            news.bounces_to = "bounce." + news.author;
            zone[news.bounces_to].spf = SpfRecord{{news.provider->network}, spf::Result::softfail};
        }
    }
    news.signers.push_back(news.provider->domain);
    company.newsletter = std::move(news);
}

void World::move(Company& company, std::int32_t day) {
    const Records before = zone[company.domain];
    const std::vector<std::string> signers = company.signers;
    company.moved = day;
    settle(company, static_cast<Place>(random_.share(std::array{0.7, 0.2, 0.1})));
    if (random_.chance(0.7))
        publish(company);
    else
        zone[company.domain].spf = before.spf; // two weeks late
    if (random_.chance(0.6))
        company.signers = signers;
    else
        company.signers.clear();
}

void World::finish_move(Company& company) {
    publish(company);
    sign(company);
}

// ---- ours and who has to do with us

void World::make_ours() {
    constexpr std::size_t people = 200;
    domains = {"ours.example", "ours-services.example", "ours-lab.example"};
    const Host host = own_host(domains[0], new_network());
    for (const std::string& domain : domains)
        zone[domain] = {SpfRecord{{only(host.address)}, spf::Result::softfail},
                        {},
                        verdict::AuthorHosts{{host.name}, {host.address}, false}};
    zone[domains[0]].policy = dmarc::Policy::quarantine;
    zone[domains[1]].policy = dmarc::Policy::none;
    while (users.size() < people) {
        Person user = make_person(domains[random_.share(std::array{0.75, 0.15, 0.10})]);
        if (std::ranges::find(users, user.address, &Person::address) == users.end()) users.push_back(std::move(user));
    }
}

/// The first two correspondents are freemail: many people, one domain.
void World::make_freemail() {
    constexpr std::size_t people = 60;
    std::size_t i = 0;
    for (const Provider& one : providers) {
        if (one.business != Business::freemail) continue;
        Company& company = companies[i];
        company = {};
        company.domain = one.domain;
        company.stem = one.domain.substr(0, one.domain.find('.'));
        company.policy = i == 0 ? dmarc::Policy::none : dmarc::Policy::quarantine;
        for (int n = 0; n < 6; ++n) company.hosts.push_back(host_of(one, random_));
        company.signers = {one.domain};
        zone[one.domain] = {SpfRecord{{one.network}, spf::Result::softfail}, company.policy,
                            verdict::AuthorHosts{{"mx." + one.domain}, {company.hosts[0].address}, false}};
        for (std::size_t n = 0; n < people; ++n) company.people.push_back(make_person(one.domain));
        freemail.push_back(i++);
    }
}

void World::make_relations() {
    constexpr std::size_t count = 1200;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t company = random_.skewed(companies.size());
        relations.push_back({random_.below(users.size()), company, random_.below(companies[company].people.size())});
    }
}

void World::make_lists() {
    const auto subscribe = [&](MailingList list, std::size_t readers) {
        for (std::size_t i = 0; i < readers; ++i) list.subscribers.push_back(random_.below(users.size()));
        std::ranges::sort(list.subscribers);
        const auto twice = std::ranges::unique(list.subscribers);
        list.subscribers.erase(twice.begin(), twice.end());
        lists.push_back(std::move(list));
    };
    const Provider* google = nullptr;
    for (const Provider& one : providers)
        if (one.domain == "google.com") google = &one;
    zone["googlegroups.com"] = {SpfRecord{{google->network}, spf::Result::softfail}, dmarc::Policy::none, {}};
    for (const std::size_t readers : {6UZ, 12UZ, 4UZ})
        subscribe({.domain = "googlegroups.com",
                   .host = host_of(*google, random_),
                   .sealer = "google.com",
                   .rewrites = readers == 12},
                  readers);
    for (const std::size_t readers : {30UZ, 3UZ, 8UZ, 5UZ, 10UZ, 4UZ}) {
        const std::string domain = "lists." + fresh_stem() + ".example";
        const Host host = own_host(domain, new_network());
        zone[domain].spf = SpfRecord{{only(host.address)}, spf::Result::softfail};
        subscribe({.domain = domain,
                   .host = host,
                   .changes = lists.size() % 3 != 0,
                   .signs = lists.size() % 4 != 0,
                   .rewrites = lists.size() % 2 == 0},
                  readers);
    }
}

void World::make_forwarders() {
    const Host university = own_host("university.example", new_network());
    const Host club = own_host("alumni.test", new_network());
    zone["alumni.test"].spf = SpfRecord{{only(club.address)}, spf::Result::softfail};
    for (const Provider& one : providers)
        if (one.domain == "google.com")
            for (int i = 0; i < 4; ++i)
                forwarders.push_back({.user = random_.below(users.size()),
                                      .domain = "gmail.com",
                                      .host = host_of(one, random_),
                                      .sealer = "google.com",
                                      .keeps_sender = false,
                                      .changes = 0.02});
    for (int i = 0; i < 6; ++i)
        forwarders.push_back({.user = random_.below(users.size()),
                              .domain = "university.example",
                              .host = university,
                              .sealer = {},
                              .keeps_sender = true,
                              .changes = 0.15});
    for (int i = 0; i < 3; ++i)
        forwarders.push_back({.user = random_.below(users.size()),
                              .domain = "alumni.test",
                              .host = club,
                              .sealer = "alumni.test",
                              .keeps_sender = i == 0,
                              .changes = 0.05});
}

} // namespace bonafide::year
