// Who there is in the simulated year: our organization, its correspondents, providers, mailing lists, forwarders, and what the DNS says of
// them. The shares it is built by stand in the table at the head of year.cpp.
#pragma once

#include "year_mail.hpp"
#include "year_random.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bonafide::year {

struct Person {
    std::string name;    ///< "Ada Berg"
    std::string address; ///< in lower case
};

/// Who has hosts for others. Each has a /16.
struct Provider {
    enum class Business : std::uint8_t { mail_cloud, hosting, access, bulk, virtual_hosts, service, freemail };
    Business business = Business::hosting;
    std::string domain;
    ip::Prefix network;
};

/// Where a company's mail is sent from, in the order of Mix::places.
enum class Place : std::uint8_t { mail_cloud, hosting, own_server, access_line };

struct Company {
    /// A system that the records forgot.
    struct Unlisted {
        Host host;
        std::string bounces_to; ///< domain of its MAIL FROM when it is a service's; empty: the company's own
        double share = 0;       ///< of the company's mail
    };
    struct Newsletter {
        std::string author; ///< domain in From
        std::string bounces_to;
        const Provider* provider = nullptr;
        std::vector<std::string> signers;
    };
    std::string domain;
    std::string stem; ///< the domain without what others may have too
    std::optional<dmarc::Policy> policy;
    Place place = Place::mail_cloud;
    std::vector<Host> hosts;
    std::vector<std::string> signers; ///< domains that sign its mail, its own first
    std::optional<Unlisted> unlisted;
    std::optional<Newsletter> newsletter;
    std::vector<Person> people;
    std::int32_t moved = 0; ///< day of its last change of provider; 0: none
};

/// Somebody of ours and somebody of theirs.
struct Relation {
    std::size_t user = 0;
    std::size_t company = 0;
    std::size_t person = 0;
};

struct MailingList {
    std::string domain;
    Host host;
    std::string sealer{}; ///< empty: it does not seal
    bool changes = true;
    bool signs = true;
    bool rewrites = false; ///< From, for authors under quarantine or reject
    std::vector<std::size_t> subscribers{};
};

/// Another mailbox of one of ours, which sends on all its mail.
struct Forwarder {
    std::size_t user = 0;
    std::string domain;
    Host host;
    std::string sealer;
    bool keeps_sender = true; ///< MAIL FROM stays
    double changes = 0;       ///< share of the mail whose signatures it breaks
};

/// How well a company is set up: shares by policy (absent, none, quarantine, reject).
struct Mix {
    std::array<double, 4> policies{};
    std::array<double, 4> places{}; ///< by Place
};
[[nodiscard]] const Mix& established_mix();
[[nodiscard]] const Mix& newcomer_mix();

class World {
  public:
    explicit World(std::uint64_t seed);
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    Zone zone;
    std::vector<Provider> providers; ///< fixed after construction: companies point into it
    std::vector<Company> companies;  ///< correspondents
    std::vector<Company> strangers;  ///< who has nothing to do with us, but exists
    std::vector<Person> users;
    std::vector<std::string> domains; ///< ours
    std::vector<Relation> relations;  ///< the busiest first
    std::vector<MailingList> lists;
    std::vector<Forwarder> forwarders;
    std::vector<std::size_t> freemail;                ///< of companies: whose people are anybody
    static constexpr std::size_t protected_users = 5; ///< the first of users

    /// Somebody new, with records in the zone.
    [[nodiscard]] Company make_company(const Mix& mix, std::size_t people);
    void move(Company& company, std::int32_t day); ///< to hosts of another kind; its records follow when they follow
    void finish_move(Company& company);            ///< records that were late

    [[nodiscard]] const Provider& provider(Provider::Business business, Random& random) const;
    [[nodiscard]] static Host host_of(const Provider& provider, Random& random);
    [[nodiscard]] static Host own_host(const std::string& domain, const ip::Address& address);
    [[nodiscard]] ip::Address new_network(); ///< .10 of a /24 that nobody has
    [[nodiscard]] Person make_person(const std::string& domain);
    [[nodiscard]] std::string fresh_stem();

  private:
    void make_providers();
    void make_ours();
    void make_relations();
    void make_lists();
    void make_forwarders();
    void make_freemail();
    void settle(Company& company, Place place);
    void publish(Company& company);
    void sign(Company& company);
    void forget_system(Company& company);
    void write_news(Company& company);

    Random random_;
    std::vector<std::string> stems_;
    std::uint32_t networks_ = 0;
};

} // namespace bonafide::year
